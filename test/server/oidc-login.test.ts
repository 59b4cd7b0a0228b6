/** Login by OpenID Connect, against a real provider: the whole exchange, and every way in which it is refused. */
import { expect, onTestFinished, test, vi } from 'vitest'
import type { ServerConfig } from '../../src/config/config.ts'
import { Secret } from '../../src/lib/secret.ts'
import { createProvider } from '../../src/server/oidc-provider.ts'
import { freePort } from '../loopback.ts'
import { openStoreHere, startAccess, USERS } from './access-rig.ts'
import { type Account, createVisitor, oidcConfig, signedByStranger, startProvider } from './oidc-rig.ts'

const ACCOUNTS: Record<string, Account> = {
  kim: { preferred_username: 'kim', groups: ['staff', 'sec-ops'] },
  pat: { email: 'pat@example.com', groups: ['sec'] },
  sam: { groups: 'sec' },
  eve: { preferred_username: 'eve', groups: ['staff'] },
  nobody: { preferred_username: 'nobody' },
  fake: { preferred_username: 'dana', groups: ['sec'] },
  root: { preferred_username: 'admin', groups: ['sec'] },
  loud: { preferred_username: ' ADMIN\t', groups: ['sec'] },
  wide: { preferred_username: 'Dana ', groups: ['sec'] },
}

async function start(change: (config: ServerConfig['oidc'] & object) => object = () => ({}), options = {}) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { issuer, provider, rotateKeys } = await startProvider(`${url}/auth/callback`, ACCOUNTS, options)
  const oidc = oidcConfig(issuer)
  const config = { ...USERS, port, publicUrl: url, oidc: { ...oidc, ...change(oidc) } }
  const store = openStoreHere()
  const access = await startAccess(config, store)
  const visitor = createVisitor()
  const me = async (who = visitor) => JSON.parse((await who.open(`${url}/api/v1/me`)).text)
  const logIn = (login: string, who = visitor) => who.walk(`${url}/auth/login`, login)
  /** Until the provider sends the browser back, and no further. */
  const callback = async (login: string, who = visitor) => {
    const isBack = (to: string) => to.startsWith(`${url}/auth/callback`)
    return (await who.walk(`${url}/auth/login`, login, isBack)).location as string
  }
  return { ...access, url, visitor, me, logIn, callback, config, store, provider, rotateKeys }
}

test('somebody logs in there and is an operator here', async () => {
  const { me, logIn, url, visitor, store, ask } = await start()
  expect((await me()).login).toEqual({ token: true, oidc: true })
  const landed = await logIn('kim')
  expect([landed.url, landed.status]).toEqual([`${url}/`, 200])
  expect((await me()).user).toEqual({ name: 'kim', role: 'operator' })
  expect((await visitor.open(`${url}/api/v1/trail`)).status).toBe(200)
  const [entry] = await store.trail({ limit: 1 })
  expect(entry).toMatchObject({ user: 'kim', action: 'login', details: { by: 'oidc', subject: 'kim' } })
  // And the logout, which also ends a copied cookie.
  const cookie = `auditferry=${visitor.jarOf(url).get('auditferry')}`
  const csrf = { 'x-csrf-token': (await me()).csrf }
  expect((await ask('POST', '/api/v1/logout', {}, { cookie, ...csrf })).status).toBe(200)
  expect((await me()).user).toBeNull()
})

test.each([
  ['pat', { name: 'pat@example.com', role: 'viewer' }],
  ['sam', { name: 'sam', role: 'viewer' }],
])('%s has the role that the claim gives, and the name that is available', async (login, user) => {
  const { me, logIn } = await start()
  await logIn(login)
  expect((await me()).user).toEqual(user)
})

test.each([
  ['eve', /eve has no role here: the claim &#34;groups&#34; holds nothing/],
  ['nobody', /nobody has no role here/],
  ['fake', /the name dana belongs to a user of the configuration/],
  ['loud', /the name ADMIN belongs to a user of the configuration/],
  ['wide', /the name Dana belongs to a user of the configuration/],
  ['root', /the name admin belongs to a user of the configuration/],
])('%s is not let in, and learns why', async (login, reason) => {
  const { me, logIn, store } = await start()
  const page = await logIn(login)
  expect([page.status, page.text]).toEqual([403, expect.stringMatching(reason)])
  expect((await me()).user).toBeNull()
  expect(await store.trail({ limit: 1 })).toMatchObject([{ user: '', action: 'login-refused' }])
})

test('a claim that is null in the ID token is taken from the user info', async () => {
  const { me, logIn } = await start(undefined, {
    conformIdTokenClaims: false,
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: async (use: string) => ({ sub: id, groups: use === 'id_token' ? null : ['sec'] }),
    }),
  })
  await logIn('lou')
  expect((await me()).user).toEqual({ name: 'lou', role: 'viewer' })
})

test('the client may be public, and the requested address is opened after the login', async () => {
  const { visitor, me, url } = await start(
    ({ clientSecret: _, ...rest }) => ({ ...rest, clientSecret: undefined }),
    {
      clientDefaults: { token_endpoint_auth_method: 'none' },
    },
  )
  const landed = await visitor.walk(`${url}/auth/login?next=${encodeURIComponent('/trail?limit=5')}`, 'kim')
  expect(landed.url).toBe(`${url}/trail?limit=5`)
  expect((await me()).user?.name).toBe('kim')
})

test('a rotated client secret is used', async () => {
  let secret = 'the one of last year, which the provider knows no more'
  let rotated = ''
  const { me, logIn } = await start(({ clientSecret }) => {
    rotated = clientSecret?.reveal() ?? ''
    return { clientSecret: new Secret(() => secret) }
  })
  expect((await logIn('kim')).status).toBe(403)
  secret = rotated
  const visitor = createVisitor()
  await logIn('kim', visitor)
  expect((await me(visitor)).user?.name).toBe('kim')
})

test('keys that the provider has just rotated are used', async () => {
  const { me, logIn, rotateKeys } = await start()
  await logIn('kim')
  rotateKeys()
  const visitor = createVisitor()
  await logIn('pat', visitor)
  expect((await me(visitor)).user?.name).toBe('pat@example.com')
})

test.each([
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  '/a\r\nx: y',
])('nobody is led to %j', async (next) => {
  const { visitor, url } = await start()
  expect((await visitor.walk(`${url}/auth/login?next=${encodeURIComponent(next)}`, 'kim')).url).toBe(
    `${url}/`,
  )
})

test('an answer is accepted once', async () => {
  const { callback, visitor, url, me } = await start()
  const back = await callback('kim')
  const login = visitor.jarOf(url).get('auditferry-login') as string
  expect((await visitor.open(back)).status).toBe(303)
  const other = createVisitor()
  other.jarOf(url).set('auditferry-login', login)
  expect((await other.open(back)).status).toBe(400)
  expect((await me(other)).user).toBeNull()
})

test('an answer belongs to the browser that began: nobody is logged in with the account of another', async () => {
  const { callback, me, url } = await start()
  const back = await callback('kim')
  const victim = createVisitor()
  expect((await victim.open(back)).status).toBe(400)
  await victim.open(`${url}/auth/login`)
  const page = await victim.open(back)
  expect([page.status, page.text]).toEqual([403, expect.stringContaining('Not logged in')])
  expect((await me(victim)).user).toBeNull()
})

test.each([
  ['another state', (it: URL) => it.searchParams.set('state', 'forged')],
  ['no state', (it: URL) => it.searchParams.delete('state')],
  ['another code', (it: URL) => it.searchParams.set('code', 'forged')],
  ['another issuer', (it: URL) => it.searchParams.set('iss', 'https://evil.example')],
  [
    'an error',
    (it: URL) => {
      it.searchParams.delete('code')
      it.searchParams.set('error', '<script>')
    },
  ],
])('an answer with %s is refused', async (_, forge) => {
  const { callback, visitor, me } = await start()
  const back = new URL(await callback('kim'))
  forge(back)
  const page = await visitor.open(back.href)
  expect([page.status, page.text.includes('<script>')]).toEqual([403, false])
  expect((await me()).user).toBeNull()
})

test.each(['nonce', 'verifier'])('an answer to another %s is refused', async (member) => {
  const { callback, visitor, store, url, me } = await start()
  const back = await callback('kim')
  const key = `login:${visitor.jarOf(url).get('auditferry-login')}`
  const underWay = JSON.parse((await store.kept(key)) as string)
  await store.keep(key, JSON.stringify({ ...underWay, [member]: 'x'.repeat(43) }), 60_000)
  expect((await visitor.open(back)).status).toBe(403)
  expect((await me()).user).toBeNull()
})

test('an ID token signed by a stranger is refused', async () => {
  const { logIn, me, provider } = await start()
  provider.use(async (context, next) => {
    await next()
    const body = context.body as { id_token?: string }
    if (context.path === '/token' && body.id_token) body.id_token = signedByStranger(body.id_token)
  })
  const page = await logIn('kim')
  expect([page.status, page.text]).toEqual([403, expect.stringContaining('signature')])
  expect((await me()).user).toBeNull()
})

test('an ID token that has expired by the clock here is refused, and the clocks are named', async () => {
  const { logIn, me, provider } = await start()
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  provider.use(async (context, next) => {
    await next()
    // It ends an hour after it was issued.
    if (context.path === '/token') vi.setSystemTime(Date.now() + 7_200_000)
  })
  const page = await logIn('kim')
  expect([page.status, page.text]).toEqual([
    403,
    expect.stringContaining('compare the clock of this machine'),
  ])
  expect((await me()).user).toBeNull()
})

test('a user who does not consent there learns what the provider said', async () => {
  const { callback, visitor } = await start()
  const back = new URL(await callback('kim'))
  back.searchParams.delete('code')
  back.searchParams.set('error', 'access_denied')
  const page = await visitor.open(back.href)
  expect([page.status, page.text]).toEqual([
    403,
    expect.stringContaining('the identity provider did not log you in: access_denied'),
  ])
})

test.each([
  ['fails', 500, { error: 'server_error' }],
  ['fails without a word', 502, ''],
  ['answers with a page', 200, '<html>'],
  ['answers with half a document', 200, '{"id_token":'],
])('a provider that %s is at fault, and no user is refused for it', async (_, status, body) => {
  const { logIn, provider } = await start()
  provider.use(async (context, next) => {
    await next()
    if (context.path !== '/token') return
    context.status = status
    context.body = body
    if (body === '{"id_token":') context.type = 'json'
  })
  const page = await logIn('kim')
  expect([page.status, page.text]).toEqual([503, expect.stringContaining('failed')])
})

test('a provider that moved is asked for its addresses again', async () => {
  const { issuer, provider } = await startProvider('http://127.0.0.1/auth/callback', ACCOUNTS)
  let now = 1_000_000
  const { begin } = createProvider(oidcConfig(issuer), 'http://127.0.0.1/auth/callback', () => now)
  const path = async () => new URL((await begin()).url).pathname
  expect(await path()).toBe('/auth')
  provider.use(async (context, next) => {
    await next()
    if (!context.path.startsWith('/.well-known/')) return
    context.body = { ...(context.body as object), authorization_endpoint: `${issuer}/moved` }
  })
  expect(await path()).toBe('/auth')
  now += 600_000
  expect(await path()).toBe('/moved')
})

test('a login that took too long starts again', async () => {
  const { callback, visitor, store, url } = await start()
  const back = await callback('kim')
  await store.take(`login:${visitor.jarOf(url).get('auditferry-login')}`)
  const page = await visitor.open(back)
  expect([page.status, page.text]).toEqual([
    400,
    expect.stringMatching(/took over ten minutes[\s\S]*href="\/auth\/login"/),
  ])
})

test('a session ends when the configuration removes the role, or the provider', async () => {
  const { logIn, visitor, url, config, store } = await start()
  await logIn('kim')
  const cookie = `auditferry=${visitor.jarOf(url).get('auditferry')}`
  const status = async (oidc: ServerConfig['oidc'] & object) => {
    const { ask, close } = await startAccess({ ...config, port: 0, oidc }, store)
    const answer = await ask('GET', '/api/v1/status', undefined, { cookie })
    await close()
    return answer.status
  }
  expect(await status(config.oidc)).toBe(200)
  const roles = { ...config.oidc.roles, operator: ['others'] }
  expect(await status({ ...config.oidc, roles })).toBe(401)
})

test('an unavailable provider is reported with the cure', async () => {
  const { visitor, url } = await start((it) => ({ ...it, issuer: 'http://127.0.0.1:1' }))
  const page = await visitor.open(`${url}/auth/login`)
  expect([page.status, page.text]).toEqual([
    503,
    expect.stringMatching(
      /identity provider http:\/\/127\.0\.0\.1:1 can&#39;t be asked.*server\.oidc\.issuer/,
    ),
  ])
})

test('the number of started logins is limited', async () => {
  const { visitor, url } = await start()
  const statuses = []
  for (let tries = 0; tries < 31; tries++) statuses.push((await visitor.open(`${url}/auth/login`)).status)
  expect([new Set(statuses.slice(0, 30)), statuses[30]]).toEqual([new Set([303]), 429])
})
