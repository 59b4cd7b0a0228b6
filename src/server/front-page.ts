import type { Route } from './route.ts'

/** Names the endpoints, for whoever opens the address in a browser. */
export function frontPageRoute(version: string, routes: readonly Route[]): Route {
  const lines = routes.map(({ method, path, summary }) => `${method.padEnd(4)} ${path}\n     ${summary}\n`)
  return {
    method: 'GET',
    path: '/',
    access: 'open',
    summary: 'this page',
    handle: () => ({
      status: 200,
      type: 'text/plain; charset=utf-8',
      body: `auditferry ${version}\n\n${lines.join('')}`,
    }),
  }
}
