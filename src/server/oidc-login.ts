/** Logging in by OpenID Connect: to the identity provider, and back. */
import { randomBytes } from 'node:crypto'
import { parseCookie } from 'cookie'
import { RESERVED_NAMES } from '../config/access-options.ts'
import type { OidcConfig, ServerConfig } from '../config/config.ts'
import { OperationError } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import { createGuesses } from './guesses.ts'
import type { Begun, Identity, Provider } from './oidc-provider.ts'
import { refusedLoginPage } from './refused-login-page.ts'
import { type Reply, RequestError, type Route, type RouteRequest } from './route.ts'
import { cookieOf, type KeepingStore, roleOf, type Sessions } from './sessions.ts'
import type { RecordDeed } from './trail.ts'

interface OidcParts {
  readonly server: ServerConfig
  readonly oidc: OidcConfig
  readonly publicUrl: string
  readonly sessions: Sessions
  readonly store: KeepingStore
  readonly record: RecordDeed
  readonly logger: Logger
}

interface UnderWay extends Begun {
  /** Where the browser wanted to go. */
  readonly next: string
}

/** How long somebody may take to log in at the provider. */
const LOGIN_MS = 600_000
/** Logins that may begin per minute, from one address and from all: each is kept for a while. */
const BEGUN = { each: 30, all: 300 }

export function oidcRoutes(it: OidcParts): Route[] {
  const { oidc, publicUrl, sessions, store, record } = it
  let loading: Promise<Provider> | undefined
  const provider = () => {
    loading ??= import('./oidc-provider.ts').then((it) =>
      it.createProvider(oidc, `${publicUrl}/auth/callback`),
    )
    return loading
  }
  const cookie = cookieOf(it.server, 'auditferry-login')
  const begun = createGuesses(BEGUN.each)
  const begunByAll = createGuesses(BEGUN.all)

  const begin = async ({ query, address }: RouteRequest): Promise<Reply> => {
    await begun.count(address)
    await begunByAll.count('all')
    const { url, begun: expected } = await (await provider()).begin()
    const id = randomBytes(32).toString('base64url')
    const underWay: UnderWay = { ...expected, next: ownPath(query.get('next')) }
    await store.keep(`login:${id}`, JSON.stringify(underWay), LOGIN_MS)
    // Lax, because the browser comes back from the provider's site.
    return redirect(url, [cookie.set(id, 'lax', LOGIN_MS)])
  }

  /** Each login is finished once, by the browser that began it. */
  const finish = async ({ query, headers, address }: RouteRequest): Promise<Reply> => {
    const id = parseCookie(headers.cookie ?? '')[cookie.name] ?? ''
    const text = /^[\w-]{43}$/.test(id) ? await store.take(`login:${id}`) : undefined
    if (text === undefined) {
      throw new RequestError(
        400,
        'this login was not begun in this browser, took over ten minutes, or is done',
      )
    }
    const underWay = JSON.parse(text) as UnderWay
    const callback = new URL(`/auth/callback?${query}`, publicUrl)
    const { finish: finishLogin } = await provider()
    const who = await finishLogin(callback, underWay)
    const user = { name: nameOf(who, it.server), role: demandRole(who, oidc) }
    await sessions.end(headers)
    const session = await sessions.begin(user, { issuer: oidc.issuer, values: who.values })
    const details = { by: 'oidc', subject: who.subject }
    await record({ caller: user, address, action: 'login', outcome: 'success', details })
    return redirect(underWay.next, [session, cookie.set('', 'lax', 0)])
  }

  /** People see this, so it answers with a page instead of JSON, and shows how to go on. */
  const asPage = (handle: (request: RouteRequest) => Promise<Reply>) => async (request: RouteRequest) => {
    try {
      return await handle(request)
    } catch (thrown) {
      if (!(thrown instanceof RequestError || thrown instanceof OperationError)) throw thrown
      const { address } = request
      it.logger.warn('a login by OpenID Connect failed', { reason: thrown.message, address })
      const details = { by: 'oidc', reason: thrown.message.slice(0, 200) }
      await record({ address, action: 'login-refused', outcome: 'failure', details })
      const known = thrown instanceof RequestError ? thrown : new RequestError(503, thrown.message)
      return refusedLoginPage(known)
    }
  }

  const route = (path: string, summary: string, handle: (request: RouteRequest) => Promise<Reply>): Route => {
    return { method: 'GET', path, access: 'open', summary, ignoresOthers: true, handle: asPage(handle) }
  }
  return [
    route('/auth/login', 'to the identity provider', begin),
    route('/auth/callback', 'back from it', finish),
  ]
}

/** If the provider lets people choose their names, nobody may pass for somebody else in the trail. */
function nameOf({ name }: Identity, { users = [] }: ServerConfig): string {
  const taken = [...RESERVED_NAMES, ...users.map((user) => user.name)].map(asRead)
  if (taken.includes(asRead(name))) {
    throw new RequestError(
      403,
      `the name ${name} belongs to a user of the configuration; see server.oidc.name_claim`,
    )
  }
  return name
}

function demandRole({ name, values }: Identity, oidc: OidcConfig) {
  const role = roleOf(oidc, oidc.issuer, values)
  if (role !== undefined) return role
  throw new RequestError(
    403,
    `${name} has no role here: the claim "${oidc.roles.claim}" holds nothing that server.oidc.roles names`,
  )
}

/** Names that differ only in case or outer blanks look the same to a reader of the trail. */
function asRead(name: string): string {
  return name.trim().toLowerCase()
}

/** Only a path on this server: `//evil.example` and `/\\evil.example` lead elsewhere. */
function ownPath(next: string | null): string {
  return next !== null && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : '/'
}

function redirect(location: string, cookies: readonly string[]): Reply {
  return { status: 303, type: 'text/plain', headers: { location, 'set-cookie': cookies }, body: '' }
}
