/**
 * Logins of browsers. The cookie is a random id; the store keeps the user under the id's digest, so that every worker
 * finds the session, a restart does not end it, and a logout does. A signed cookie would need a key in the same store,
 * and a list of those that were logged out. Whether the user still exists is checked against the configuration each time.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { OidcConfig, ServerConfig } from '../config/config.ts'
import { isLoopbackHost } from '../config/loopback.ts'
import type { Store } from '../spool/store.ts'
import type { Caller, Role } from './route.ts'
import type { TokenOwner } from './tokens.ts'

export type KeepingStore = Pick<Store, 'keep' | 'kept' | 'take'>

/** What proved who the user is: a token of the configuration, or values of a claim. */
type Proof = { readonly token: string } | { readonly issuer: string; readonly values: readonly string[] }

export interface Sessions {
  /** Answers the cookie to set. */
  begin(caller: Caller, proof: Proof): Promise<string>
  /** Whose session it is; undefined when it is over, or when the user no longer is one. */
  find(headers: IncomingHttpHeaders): Promise<Caller | undefined>
  /** Answers the cookie that removes the browser's. */
  end(headers: IncomingHttpHeaders): Promise<string>
  /** What a POST with this cookie must carry; empty without a cookie. */
  csrf(headers: IncomingHttpHeaders): string
}

interface Stored extends Caller {
  /** HMAC of the token, keyed with the id, which is not stored: so the token can't be guessed from it, and a new token ends the session. */
  readonly token?: string
  readonly issuer?: string
  readonly values?: readonly string[]
}

export function createSessions(
  server: ServerConfig & { readonly sessionMs: number },
  owners: readonly TokenOwner[],
  store: KeepingStore,
): Sessions {
  const cookie = cookieOf(server, 'auditferry')
  const idIn = ({ cookie: text = '' }: IncomingHttpHeaders) => {
    const id = parseCookie(text)[cookie.name]
    return id !== undefined && /^[\w-]{43}$/.test(id) ? id : undefined
  }
  const isStillValid = (id: string, it: Stored): boolean => {
    if (it.token === undefined) return roleOf(server.oidc, it.issuer, it.values ?? []) === it.role
    const owner = owners.find(({ name }) => name === it.name)
    return owner !== undefined && owner.role === it.role && sameText(it.token, mac(id, owner.token.reveal()))
  }
  return {
    async begin({ name, role }, proof) {
      const id = randomBytes(32).toString('base64url')
      const stored: Stored = { name, role, ...('token' in proof ? { token: mac(id, proof.token) } : proof) }
      await store.keep(keyOf(id), JSON.stringify(stored), server.sessionMs)
      return cookie.set(id, 'strict', server.sessionMs)
    },
    async find(headers) {
      const id = idIn(headers)
      const text = id === undefined ? undefined : await store.kept(keyOf(id))
      if (id === undefined || text === undefined) return undefined
      const stored = JSON.parse(text) as Stored
      if (isStillValid(id, stored)) return { name: stored.name, role: stored.role }
      await store.take(keyOf(id))
      return undefined
    },
    async end(headers) {
      const id = idIn(headers)
      if (id !== undefined) await store.take(keyOf(id))
      return cookie.set('', 'strict', 0)
    },
    csrf(headers) {
      const id = idIn(headers)
      return id === undefined ? '' : mac(id, 'csrf')
    },
  }
}

/** The role that the values of the claim give, if the issuer is still the configured one. */
export function roleOf(
  oidc: OidcConfig | undefined,
  issuer: string | undefined,
  values: readonly string[],
): Role | undefined {
  if (oidc === undefined || oidc.issuer !== issuer) return undefined
  const has = (wanted: readonly string[]) => wanted.some((value) => values.includes(value))
  if (has(oidc.roles.operator)) return 'operator'
  return has(oidc.roles.viewer) ? 'viewer' : undefined
}

/** `__Host-`: RFC 6265bis, 4.1.3.2. Only this very host sets it, over TLS. */
export function cookieOf({ host, publicUrl }: ServerConfig, base: string) {
  const secure = publicUrl === undefined ? !isLoopbackHost(host) : publicUrl.startsWith('https:')
  const name = secure ? `__Host-${base}` : base
  return {
    name,
    set: (value: string, sameSite: 'strict' | 'lax', forMs: number) =>
      stringifySetCookie({
        ...{ name, value, sameSite, secure, httpOnly: true, path: '/' },
        maxAge: Math.floor(forMs / 1000),
      }),
  }
}

export function sameText(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(a as Buffer, b as Buffer)
}

function mac(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

function keyOf(id: string): string {
  return `session:${createHash('sha256').update(id).digest('base64url')}`
}
