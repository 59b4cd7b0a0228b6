/** Users, roles and sessions: who gets in, who does not, and when a session ends. */
import { parseSetCookie } from 'cookie'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import { eventOf } from '../formats/sample-events.ts'
import { bearer, createBrowser, openStoreHere, startAccess, TOKENS, USERS } from './access-rig.ts'
import { createMemoryArchive } from './memory-archive.ts'

const DROP = '/api/v1/dead-letters/drop'

test('on loopback without any token, everybody is the operator `local`', async () => {
  const { ask } = await startAccess({})
  expect((await ask('GET', '/api/v1/me')).json).toEqual({
    user: { name: 'local', role: 'operator' },
    login: { token: false, oidc: false },
    csrf: '',
  })
  expect((await ask('POST', '/api/v1/login', { token: 'x' })).status).toBe(409)
  expect((await ask('POST', DROP, { all: true })).status).toBe(200)
})

test('a token says who the user is, in both spellings', async () => {
  const { ask } = await startAccess()
  const me = async (authorization: string) =>
    (await ask('GET', '/api/v1/me', undefined, { authorization })).json.user
  expect(await me(`Bearer ${TOKENS.admin}`)).toEqual({ name: 'admin', role: 'operator' })
  expect(await me(`Bearer ${TOKENS.dana}`)).toEqual({ name: 'dana', role: 'operator' })
  expect(await me(`token ${TOKENS.lee}`)).toEqual({ name: 'lee', role: 'viewer' })
  expect((await ask('GET', '/api/v1/me')).json).toMatchObject({
    user: null,
    login: { token: true, oidc: false },
  })
})

test.each([undefined, 'Bearer wrong', 'Basic ZGFuYTp4', 'Bearer ', `Bearer ${TOKENS.dana} x`])(
  'without a known token (%s) nothing is revealed',
  async (authorization) => {
    const { ask, engine } = await startAccess()
    const headers = authorization === undefined ? {} : { authorization }
    for (const [method, path] of [
      ['GET', '/api/v1/status'],
      ['GET', '/api/v1/state'],
      ['POST', DROP],
    ] as const) {
      const answer = await ask(method, path, method === 'POST' ? { all: true } : undefined, headers)
      expect([path, answer.status, Object.keys(answer.json)]).toEqual([path, 401, ['error']])
    }
    expect(engine.letters).toHaveLength(3)
  },
)

test('a viewer looks, and is told so where more is needed', async () => {
  const { ask, engine } = await startAccess()
  expect((await ask('GET', '/api/v1/status', undefined, bearer(TOKENS.lee))).status).toBe(200)
  const refused = await ask('POST', DROP, { all: true }, bearer(TOKENS.lee))
  expect([refused.status, refused.json.error]).toEqual([403, 'lee is a viewer: this takes the role operator'])
  expect((await ask('GET', '/api/v1/state', undefined, bearer(TOKENS.lee))).status).toBe(403)
  expect(engine.letters).toHaveLength(3)
  expect((await ask('POST', DROP, { all: true }, bearer(TOKENS.dana))).status).toBe(200)
})

test('a login sets a cookie that scripts and other sites do not see, and that ends at the logout', async () => {
  const { ask } = await startAccess()
  const browser = createBrowser({ ask })
  const answer = await browser.logIn(TOKENS.dana)
  expect([answer.status, answer.json]).toEqual([200, { user: { name: 'dana', role: 'operator' } }])
  const cookie = parseSetCookie(String(answer.headers['set-cookie']))
  expect(cookie).toMatchObject({
    name: 'auditferry',
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    maxAge: 3600,
  })
  expect(cookie.secure).toBeUndefined()
  expect((await browser.get('/api/v1/me')).json.user.name).toBe('dana')
  expect((await browser.post(DROP, { sink: 'soc' })).json).toEqual({ dropped: 2 })
  const kept = { cookie: `auditferry=${cookie.value}` }
  expect((await ask('GET', '/api/v1/status', undefined, kept)).status).toBe(200)
  expect((await browser.post('/api/v1/logout')).status).toBe(200)
  expect(browser.cookies.size).toBe(0)
  // Somebody who copied the cookie has nothing any more.
  expect((await ask('GET', '/api/v1/status', undefined, kept)).status).toBe(401)
})

test.each([
  [{ host: '0.0.0.0' }, '__Host-auditferry', true],
  [{ host: '0.0.0.0', publicUrl: 'https://audit.example' }, '__Host-auditferry', true],
  [{ publicUrl: 'https://audit.example' }, '__Host-auditferry', true],
  [{ host: '0.0.0.0', publicUrl: 'http://audit.example' }, 'auditferry', undefined],
])('the cookie of %j is %s, secure: %s', async (config, name, secure) => {
  const { ask } = await startAccess({ ...USERS, ...config })
  const { headers } = await ask('POST', '/api/v1/login', { token: TOKENS.lee })
  expect(parseSetCookie(String(headers['set-cookie']))).toMatchObject({ name, httpOnly: true, path: '/' })
  expect(parseSetCookie(String(headers['set-cookie'])).secure).toBe(secure)
})

test('a login with a wrong token is refused, sets nothing and ends no session', async () => {
  const { ask } = await startAccess()
  const browser = createBrowser({ ask })
  await browser.logIn(TOKENS.dana)
  const wrong = await browser.logIn('dana-0123456789abcdeg')
  expect([wrong.status, wrong.headers['set-cookie']]).toEqual([401, undefined])
  expect(wrong.text).not.toContain('dana-')
  expect((await browser.get('/api/v1/me')).json.user.name).toBe('dana')
  for (const body of [{}, { token: '' }, { token: 3 }, { token: 'x', user: 'dana' }, []]) {
    expect((await ask('POST', '/api/v1/login', body)).status).toBe(400)
  }
})

test.each(['forged', 'A'.repeat(43), '../../x', '%00', 'session:x'])(
  'the forged cookie %s opens nothing',
  async (value) => {
    const { ask } = await startAccess()
    const answer = await ask('GET', '/api/v1/status', undefined, { cookie: `auditferry=${value}` })
    expect(answer.status).toBe(401)
    const post = await ask('POST', DROP, { all: true }, { cookie: `auditferry=${value}` })
    expect(post.status).toBe(401)
  },
)

test('a cookie whose session is over does not prevent a login', async () => {
  const { ask } = await startAccess()
  const stale = { cookie: `auditferry=${'A'.repeat(43)}` }
  expect((await ask('POST', '/api/v1/login', { token: TOKENS.dana }, stale)).status).toBe(200)
})

test('a session outlives a restart, and is known to every worker on the state', async () => {
  const store = openStoreHere()
  const one = await startAccess(USERS, store)
  const browser = createBrowser(one)
  await browser.logIn(TOKENS.dana)
  const cookie = `auditferry=${browser.cookies.get('auditferry')}`
  await one.close()
  const two = await startAccess(USERS, store)
  expect((await two.ask('GET', '/api/v1/status', undefined, { cookie })).status).toBe(200)
})

test.each([
  ['is no user any more', { users: USERS.users?.slice(1) }],
  ['has another role', { users: USERS.users?.map((it) => ({ ...it, role: 'viewer' as const })) }],
  [
    'has a new token',
    { users: USERS.users?.map((it) => ({ ...it, token: new Secret(`new-${it.token.reveal()}`) })) },
  ],
])('a session ends when its user %s', async (_, change) => {
  const store = openStoreHere()
  const before = await startAccess(USERS, store)
  const browser = createBrowser(before)
  await browser.logIn(TOKENS.dana)
  const cookie = `auditferry=${browser.cookies.get('auditferry')}`
  const after = await startAccess({ ...USERS, ...change } as typeof USERS, store)
  expect((await after.ask('GET', '/api/v1/status', undefined, { cookie })).status).toBe(401)
  // Nor does it come back with the old configuration.
  expect((await before.ask('GET', '/api/v1/status', undefined, { cookie })).status).toBe(401)
})

test('a session ends when its time is over', async () => {
  onTestFinished(() => void vi.useRealTimers())
  const { ask } = await startAccess({ ...USERS, sessionMs: 3_600_000 })
  const { headers } = await ask('POST', '/api/v1/login', { token: TOKENS.dana })
  const cookie = `auditferry=${parseSetCookie(String(headers['set-cookie'])).value}`
  const status = async () => (await ask('GET', '/api/v1/status', undefined, { cookie })).status
  const begun = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: begun + 3_000_000 })
  expect(await status()).toBe(200)
  vi.setSystemTime(begun + 3_600_000)
  expect(await status()).toBe(401)
})

test('the store holds neither a token nor what the cookie holds', async () => {
  const { ask, store } = await startAccess()
  const texts: string[] = []
  const { keep } = store
  store.keep = (key, text, forMs) => {
    texts.push(key, text)
    return keep(key, text, forMs)
  }
  const { headers } = await ask('POST', '/api/v1/login', { token: TOKENS.dana })
  const { value = '' } = parseSetCookie(String(headers['set-cookie']))
  expect(texts.join()).toContain('dana')
  expect(texts.join()).not.toContain(TOKENS.dana)
  expect(texts.join()).not.toContain(value)
})

test('a POST with a session only takes effect with the anti-forgery token', async () => {
  const { ask, engine } = await startAccess()
  const [dana, lee] = [createBrowser({ ask }), createBrowser({ ask })]
  await dana.logIn(TOKENS.dana)
  await lee.logIn(TOKENS.lee)
  const other = (await lee.get('/api/v1/me')).json.csrf
  for (const headers of [{}, { 'x-csrf-token': '' }, { 'x-csrf-token': 'x' }, { 'x-csrf-token': other }]) {
    for (const path of [DROP, '/api/v1/logout', '/api/v1/login']) {
      expect((await dana.bare('POST', path, { all: true }, headers)).status).toBe(403)
    }
  }
  expect(engine.letters).toHaveLength(3)
  // A request with a token doesn't come from a browser.
  expect((await dana.bare('POST', DROP, { all: true }, bearer(TOKENS.dana))).status).toBe(200)
})

test.each([
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
])('nobody is logged in by another page: %j', async (headers) => {
  const { ask } = await startAccess()
  const answer = await ask('POST', '/api/v1/login', { token: TOKENS.dana }, headers)
  expect([answer.status, answer.headers['set-cookie']]).toEqual([403, undefined])
})

test.each([
  [403, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
  [403, { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
  [403, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
  [200, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
  [200, { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
  // Browsers that have no other way to say where a request comes from, and a WebSocket.
  [403, { origin: 'https://evil.example' }],
  [403, { origin: 'null' }],
  [200, { origin: 'http://127.0.0.1:1', host: '127.0.0.1:1' }],
  [200, {}],
])('on loopback without a token, a read is answered with %i: %j', async (status, headers) => {
  const { ask } = await startAccess({})
  expect((await ask('GET', '/api/v1/status', undefined, headers)).status).toBe(status)
  expect((await ask('GET', '/healthz', undefined, headers)).status).toBe(200)
})

test('a form of another page cannot send a login: it cannot send JSON', async () => {
  const { ask } = await startAccess()
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const body = JSON.stringify({ token: TOKENS.dana })
    expect((await ask('POST', '/api/v1/login', body, { 'content-type': type })).status).toBe(415)
  }
})

test('behind a proxy the public address is the one that counts', async () => {
  const { ask, url } = await startAccess({ ...USERS, host: '0.0.0.0', publicUrl: 'https://audit.example' })
  const login = async (headers: object) =>
    (await ask('POST', '/api/v1/login', { token: TOKENS.lee }, { ...headers })).status
  const host = 'audit.example'
  expect(await login({ host, origin: 'https://audit.example' })).toBe(200)
  // The proxy may use its own name for the server.
  expect(await login({ origin: 'https://audit.example' })).toBe(200)
  expect(await login({ origin: url })).toBe(200)
  expect(await login({ host, origin: 'http://audit.example' })).toBe(403)
  expect(await login({ host: 'evil.example', origin: 'http://evil.example' })).toBe(403)
  expect(await login({ host, origin: 'https://evil.example' })).toBe(403)
})

test('on loopback behind a proxy, its name is taken and no other', async () => {
  const { ask } = await startAccess({ ...USERS, publicUrl: 'https://audit.example' })
  const status = async (host: string) => (await ask('GET', '/healthz', undefined, { host })).status
  expect(await status('audit.example')).toBe(200)
  expect(await status('localhost')).toBe(200)
  expect(await status('evil.example')).toBe(403)
})

test.each(['login', 'bearer'])('wrong tokens by %s are limited by address', async (way) => {
  const { ask } = await startAccess({ ...USERS, host: '0.0.0.0', publicUrl: 'https://audit.example' })
  const attempt = (token: string, address: string) => {
    const from = { 'x-forwarded-for': `203.0.113.1, ${address}` }
    return way === 'login'
      ? ask('POST', '/api/v1/login', { token }, from)
      : ask('GET', '/api/v1/status', undefined, { ...from, ...bearer(token) })
  }
  for (let tries = 0; tries < 10; tries++)
    expect((await attempt(`wrong${tries}`, '198.51.100.7')).status).toBe(401)
  const limited = await attempt(TOKENS.dana, '198.51.100.7')
  expect([limited.status, Number(limited.headers['retry-after']) > 0]).toEqual([429, true])
  expect((await attempt(TOKENS.dana, '198.51.100.8')).status).toBe(200)
})

test.each(['login', 'bearer'])('no stranger keeps others out by guessing: by %s', async (way) => {
  const { ask } = await startAccess({ ...USERS, host: '0.0.0.0', publicUrl: 'https://audit.example' })
  const attempt = async (token: string, address: string) => {
    const from = { 'x-forwarded-for': address }
    const answer =
      way === 'login'
        ? await ask('POST', '/api/v1/login', { token }, from)
        : await ask('GET', '/api/v1/status', undefined, { ...from, ...bearer(token) })
    return answer.status
  }
  expect(await attempt(TOKENS.lee, '198.51.100.7')).toBe(200)
  for (let tries = 0; tries < 120; tries++)
    expect(await attempt('wrong', `198.51.100.${7 + (tries % 12)}`)).toBe(401)
  // From an address that has guessed: known users get in, new ones wait.
  expect(await attempt('wrong', '198.51.100.7')).toBe(429)
  expect(await attempt(TOKENS.lee, '198.51.100.7')).toBe(200)
  expect(await attempt(TOKENS.dana, '198.51.100.7')).toBe(429)
  expect(await attempt(TOKENS.dana, '203.0.113.1')).toBe(200)
})

test.each([
  ['one network of IPv6', (tries: number) => `2001:db8:0:7::${tries}`, '2001:db8:0:8::1'],
  ['an address told with its port', (tries: number) => `198.51.100.7:${4711 + tries}`, '198.51.100.8:1'],
  ['IPv4 within IPv6', (tries: number) => `::ffff:198.51.100.7${tries ? '' : ' '}`, '::ffff:198.51.100.8'],
])('%s is limited as one, and others are not', async (_, of, other) => {
  const { ask } = await startAccess({ ...USERS, host: '0.0.0.0', publicUrl: 'https://audit.example' })
  const attempt = async (address: string) =>
    (await ask('POST', '/api/v1/login', { token: 'wrong' }, { 'x-forwarded-for': address })).status
  for (let tries = 0; tries < 10; tries++) expect(await attempt(of(tries))).toBe(401)
  expect([await attempt(of(10)), await attempt(other)]).toEqual([429, 401])
})

test('an address is only believed where a proxy is configured', async () => {
  const { ask } = await startAccess()
  const attempt = async (tries: number) =>
    (await ask('POST', '/api/v1/login', { token: 'wrong' }, { 'x-forwarded-for': `198.51.100.${tries}` }))
      .status
  for (let tries = 0; tries < 10; tries++) expect(await attempt(tries)).toBe(401)
  expect(await attempt(99)).toBe(429)
})

test('health and metrics on loopback need no login, whatever credentials are sent', async () => {
  const { ask } = await startAccess()
  for (const path of ['/healthz', '/readyz', '/metrics', '/login']) {
    expect([path, (await ask('GET', path, undefined, bearer('wrong'))).status]).not.toEqual([path, 401])
  }
})

test('commands become `local` by what they find in engine.json', async () => {
  const { ask } = await startAccess({ users: USERS.users ?? [] }, openStoreHere(), 'of-this-machine')
  expect((await ask('GET', '/api/v1/me', undefined, bearer('of-this-machine'))).json.user).toEqual({
    name: 'local',
    role: 'operator',
  })
})

test('no guesses on this machine keep its commands out', async () => {
  const { ask } = await startAccess({ users: USERS.users ?? [] }, openStoreHere(), 'of-this-machine')
  const status = async (token: string) =>
    (await ask('GET', '/api/v1/status', undefined, bearer(token))).status
  for (let tries = 0; tries < 10; tries++) expect(await status(`wrong${tries}`)).toBe(401)
  expect([await status(TOKENS.dana), await status('of-this-machine')]).toEqual([429, 200])
})

test('a stream of events ends with the session: nobody sees what comes later', async () => {
  const access = await startAccess()
  const archive = createMemoryArchive()
  access.engine.archives = () => new Map([['archive', archive]])
  const browser = createBrowser(access)
  await browser.logIn(TOKENS.lee)
  const cookie = `auditferry=${browser.cookies.get('auditferry')}`
  const answer = await fetch(`${access.url}/api/v1/events/stream`, { headers: { cookie } })
  let seen = ''
  const ended = (async () => {
    for await (const chunk of answer.body ?? []) seen += Buffer.from(chunk).toString()
  })()
  await expect.poll(() => archive.followers()).toBe(1)
  archive.add(eventOf({ description: 'before' }))
  await expect.poll(() => seen).toContain('before')
  await browser.post('/api/v1/logout')
  archive.add(eventOf({ description: 'after' }))
  await ended
  expect(seen).not.toContain('after')
})
