/** A server with users and a store, and a browser that keeps cookies. */
import type { IncomingHttpHeaders } from 'node:http'
import { parseSetCookie, stringifyCookie } from 'cookie'
import { request } from 'undici'
import { onTestFinished } from 'vitest'
import type { ServerConfig } from '../../src/config/config.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { startServer } from '../../src/server/server.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import type { Store } from '../../src/spool/store.ts'
import { tempFolder } from '../engine/temp-folder.ts'
import { createFakeEngine } from './fake-engine.ts'

export const TOKENS = {
  admin: 'admin-0123456789abcdef',
  dana: 'dana-0123456789abcdef',
  lee: 'lee-0123456789abcdef',
}

export const USERS: Partial<ServerConfig> = {
  adminToken: new Secret(TOKENS.admin),
  users: [
    { name: 'dana', role: 'operator', token: new Secret(TOKENS.dana) },
    { name: 'lee', role: 'viewer', token: new Secret(TOKENS.lee) },
  ],
}

export function openStoreHere(): Store {
  const store = openSqliteStore(tempFolder())
  onTestFinished(() => store.close())
  return store
}

/** `localToken`: as found by commands on this machine. */
export async function startAccess(
  config: Partial<ServerConfig> = USERS,
  store = openStoreHere(),
  localToken?: string,
) {
  const engine = createFakeEngine()
  const server = await startServer({
    server: { host: '127.0.0.1', port: 0, console: true, sessionMs: 3_600_000, ...config },
    engine,
    prometheus: { text: async () => '' },
    logger: silentLogger,
    version: '0.1.0',
    store,
    ...(localToken !== undefined && { localToken: new Secret(localToken) }),
  })
  let isOpen = true
  const close = async () => {
    if (isOpen) await server.close()
    isOpen = false
  }
  onTestFinished(close)
  const { port } = new URL(server.url)
  const url = `http://127.0.0.1:${port}`
  const ask = (method: string, path: string, body?: unknown, headers: IncomingHttpHeaders = {}) =>
    send(new URL(path, url), method, body, headers)
  return { ask, engine, store, url, close }
}

type Access = Awaited<ReturnType<typeof startAccess>>

async function send(url: URL, method: string, body: unknown, headers: IncomingHttpHeaders) {
  const answer = await request(url, {
    method: method as 'GET',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await answer.body.text()
  const isJson = String(answer.headers['content-type']).includes('json')
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  }
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Keeps cookies as a browser does, and sends the anti-forgery token with each POST. */
export function createBrowser({ ask }: Pick<Access, 'ask'>) {
  const cookies = new Map<string, string>()
  const browse = async (method: string, path: string, body?: unknown, headers: IncomingHttpHeaders = {}) => {
    const cookie = stringifyCookie(Object.fromEntries(cookies))
    const answer = await ask(method, path, body, { ...(cookie !== '' && { cookie }), ...headers })
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const { name, value = '', maxAge } = parseSetCookie(line)
      if (maxAge === 0) cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }
  const csrf = async () => ({ 'x-csrf-token': (await browse('GET', '/api/v1/me')).json.csrf })
  return {
    cookies,
    get: (path: string, headers?: IncomingHttpHeaders) => browse('GET', path, undefined, headers),
    bare: browse,
    post: async (path: string, body: unknown = {}) => browse('POST', path, body, await csrf()),
    logIn: async (token: string) => browse('POST', '/api/v1/login', { token }, await csrf()),
  }
}
