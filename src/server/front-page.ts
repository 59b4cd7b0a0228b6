import type { Reply, Route } from './route.ts'

/** Names the endpoints, for whoever opens the address without a browser, or with the console switched off. */
export function frontPage(version: string, routes: readonly Route[]): Reply {
  const lines = routes.map(({ method, path, summary }) => `${method.padEnd(4)} ${path}\n     ${summary}\n`)
  return {
    status: 200,
    type: 'text/plain; charset=utf-8',
    body: `auditferry ${version}\n\n${lines.join('')}`,
  }
}

export function frontPageRoute(version: string, routes: readonly Route[]): Route {
  const page = frontPage(version, routes)
  return {
    method: 'GET',
    path: '/',
    access: 'open',
    summary: 'this page',
    ignoresOthers: true,
    handle: () => page,
  }
}
