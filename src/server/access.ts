/**
 * Who may ask for what.
 *
 * | route            | bound to loopback    | bound elsewhere |
 * |------------------|----------------------|-----------------|
 * | open             | anybody              | anybody         |
 * | metrics          | anybody              | token           |
 * | viewer, operator | token, if one is set | token           |
 *
 * Loopback alone does not keep a browser out: any web page may send requests there. So on loopback the Host
 * must be a name of this machine (DNS rebinding), and a POST must not come from a foreign page.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isLoopbackHost } from '../config/loopback.ts'
import type { Secret } from '../lib/secret.ts'
import { type Caller, RequestError, type Route } from './route.ts'

/** Answers who asks. Throws RequestError when the request must not be answered. */
export type AccessCheck = (request: IncomingMessage, route: Route) => Caller | undefined

export function createAccessCheck(server: { host: string; adminToken?: Secret }): AccessCheck {
  const loopback = isLoopbackHost(server.host)
  const needsToken = !loopback || server.adminToken !== undefined
  return (request, { access, method }) => {
    if (loopback) refuseForeignHost(request)
    const isOpen = access === 'open' || (access === 'metrics' && loopback)
    if (needsToken && !isOpen) demandToken(request, server.adminToken)
    if (method === 'POST') refuseForeignOrigin(request)
    if (isOpen) return undefined
    return { name: needsToken ? 'admin' : 'local', role: 'operator' }
  }
}

function refuseForeignHost({ headers: { host = '' } }: IncomingMessage): void {
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : ''
  if (!isLoopbackHost(name)) {
    throw new RequestError(403, 'the Host header must be localhost, 127.0.0.1 or [::1]')
  }
}

/** RFC 6750, 2.1. Digests are compared, so that neither content nor length shows in the time it takes. */
function demandToken({ headers }: IncomingMessage, expected: Secret | undefined): void {
  const given = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  if (given !== undefined && expected && timingSafeEqual(digest(given), digest(expected.reveal()))) return
  throw new RequestError(401, 'send the admin token of the configuration as "Authorization: Bearer …"', {
    'www-authenticate': 'Bearer',
  })
}

function refuseForeignOrigin({ headers: { origin, host } }: IncomingMessage): void {
  if (origin === undefined) return
  const from = URL.canParse(origin) ? new URL(origin).host : ''
  if (from === '' || from !== host) throw new RequestError(403, 'requests from other web pages are refused')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
