/**
 * Who may ask for what.
 *
 * | route            | bound to loopback                             | bound elsewhere  |
 * |------------------|-----------------------------------------------|------------------|
 * | open             | anybody                                       | anybody          |
 * | metrics          | anybody                                       | token or session |
 * | viewer, operator | token or session, if there are tokens or users | token or session |
 *
 * Loopback alone does not keep a browser out: any web page may send requests there. So on loopback the Host
 * must be a name of this machine (DNS rebinding). Nor may a foreign page ask for anything that is not open.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { ServerConfig } from '../config/config.ts'
import { isLoopbackHost } from '../config/loopback.ts'
import type { Guesses } from './guesses.ts'
import { addressOf, refuseForeignFetch, refuseForeignHost, refuseForeignOrigin } from './request-origin.ts'
import { type Caller, RequestError, type Route } from './route.ts'
import { type Sessions, sameText } from './sessions.ts'
import { LOCAL_NAME, ownerOf, type TokenOwner, tokenIn } from './tokens.ts'
import type { RecordDeed } from './trail.ts'

export interface AccessParts {
  readonly server: ServerConfig
  readonly owners: readonly TokenOwner[]
  /** Absent where nobody logs in. */
  readonly sessions: Sessions | undefined
  readonly guesses: Guesses
  readonly record: RecordDeed
}

/** Who is asking, if known. Throws RequestError 401 for a wrong token, 429 after too many. */
export type Identify = (headers: IncomingHttpHeaders, address: string) => Promise<Caller | undefined>

/** Answers who asks. Throws RequestError when the request must not be answered. */
type AccessCheck = (request: IncomingMessage, route: Route) => Promise<Caller | undefined>

/** Whether callers must identify themselves. */
export function needsCaller({ host, adminToken, users, oidc }: ServerConfig): boolean {
  return !isLoopbackHost(host) || adminToken !== undefined || users !== undefined || oidc !== undefined
}

export function createIdentify({ server, owners, sessions, guesses, record }: AccessParts): Identify {
  if (!needsCaller(server)) return async () => ({ name: 'local', role: 'operator' })
  return async (headers, address) => {
    const given = tokenIn(headers.authorization)
    if (given === undefined) return sessions?.find(headers)
    const owner = ownerOf(owners, given)
    // The token of `engine.json` can't be guessed: what strangers behind the same proxy try must not hold up our commands.
    if (owner?.name !== LOCAL_NAME) await guesses.allow(address, owner?.name)
    if (owner !== undefined) return { name: owner.name, role: owner.role }
    await record({ address, action: 'login-refused', outcome: 'failure', details: { by: 'header' } })
    await guesses.count(address)
    throw unauthenticated('this token is not known')
  }
}

export function createAccessCheck(parts: AccessParts): AccessCheck {
  const { server, sessions } = parts
  const { publicUrl } = server
  const loopback = isLoopbackHost(server.host)
  const identify = createIdentify(parts)
  return async (request, { access, method }) => {
    const { headers } = request
    if (loopback) refuseForeignHost(request, publicUrl)
    if (method === 'POST') {
      refuseForeignOrigin(request, publicUrl)
      if (sessions !== undefined) await demandCsrf(headers, sessions)
    }
    if (access === 'open' || (access === 'metrics' && loopback)) return undefined
    refuseForeignFetch(request, publicUrl)
    const caller = await identify(headers, addressOf(request, publicUrl))
    if (caller === undefined) throw unauthenticated('nobody is logged in')
    if (access === 'operator' && caller.role !== 'operator') {
      throw new RequestError(403, `${caller.name} is a viewer: this takes the role operator`, {}, caller)
    }
    return caller
  }
}

/** A foreign page can make a browser send the cookie, but never this. A cookie without a session needs no check. */
async function demandCsrf(headers: IncomingHttpHeaders, sessions: Sessions): Promise<void> {
  if (tokenIn(headers.authorization) !== undefined) return
  const caller = await sessions.find(headers)
  if (caller === undefined || sameText(String(headers['x-csrf-token'] ?? ''), sessions.csrf(headers))) return
  throw new RequestError(
    403,
    'a POST with a session carries "csrf" of /api/v1/me as x-csrf-token',
    {},
    caller,
  )
}

export function unauthenticated(why: string): RequestError {
  const cure = 'send a token of the configuration as "Authorization: Bearer …", or log in at /login'
  return new RequestError(401, `${why}: ${cure}`, { 'www-authenticate': 'Bearer' })
}
