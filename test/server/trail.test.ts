/** The product's own audit trail: who did what, who exported something, who logged in, who was refused. */
import { expect, test } from 'vitest'
import type { NewEvent } from '../../src/archive/stored-archive.ts'
import { OperationError } from '../../src/errors.ts'
import { asArchived } from '../../src/import/native-lines.ts'
import { Secret } from '../../src/lib/secret.ts'
import { DEEDS } from '../../src/server/audited.ts'
import { createEngineClient } from '../../src/server/client.ts'
import { eventOfEach } from '../formats/sample-events.ts'
import { bearer, createBrowser, startAccess, TOKENS, USERS } from './access-rig.ts'
import { createMemoryArchive } from './memory-archive.ts'

const DROP = '/api/v1/dead-letters/drop'

async function startWatched() {
  const access = await startAccess()
  const trail = async (query = '') =>
    (await access.ask('GET', `/api/v1/trail${query}`, undefined, bearer(TOKENS.admin))).json
      .entries as Record<string, unknown>[]
  return { ...access, trail }
}

test('records what an operator did, with name, role, address and parameters', async () => {
  const { ask, trail } = await startWatched()
  await ask('POST', DROP, { ids: ['a1'] }, bearer(TOKENS.dana))
  await ask('POST', '/api/v1/backfills/cancel', { source: 'acme' }, bearer(TOKENS.admin))
  expect(await trail()).toEqual([
    {
      ...{
        at: expect.stringMatching(/^20\d\d-.*\.\d{3}Z$/),
        user: 'admin',
        role: 'operator',
        address: '127.0.0.1',
      },
      ...{ action: 'backfill-cancelled', outcome: 'success', details: { source: 'acme' } },
    },
    {
      ...{ at: expect.any(String), user: 'dana', role: 'operator', address: '127.0.0.1' },
      ...{ action: 'dead-letters-dropped', outcome: 'success', details: { ids: ['a1'] } },
    },
  ])
})

test('records a test event that a sink did not take as a failure, with the reason', async () => {
  const { ask, trail } = await startWatched()
  const tested = await ask('POST', '/api/v1/sinks/soc/test', {}, bearer(TOKENS.dana))
  expect([tested.status, tested.json]).toMatchObject([200, { ok: false }])
  const details = { id: 'soc', reason: 'the test event was not taken: HTTP 401' }
  expect(await trail()).toMatchObject([{ action: 'sink-tested', outcome: 'failure', details }])
})

test('records what a command did beside the engine, and nothing that the engine does itself', async () => {
  const { ask, trail } = await startWatched()
  const deed = {
    action: 'events-exported',
    outcome: 'success',
    details: { source: 'acme', user: 'x'.repeat(300) },
  }
  const tell = async (body: object, token: string) =>
    (await ask('POST', '/api/v1/trail', body, bearer(token))).status
  expect(await tell(deed, TOKENS.dana)).toBe(200)
  expect(await tell(deed, TOKENS.lee)).toBe(403)
  for (const wrong of [
    { ...deed, action: 'login' },
    { ...deed, user: 'lee' },
    { ...deed, details: { a: { b: 1 } } },
    { ...deed, details: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`${at}`, at])) },
  ]) {
    expect([wrong, await tell(wrong, TOKENS.dana)]).toEqual([wrong, 400])
  }
  const details = { source: 'acme', user: `${'x'.repeat(200)}…` }
  expect(await trail()).toMatchObject([
    { user: 'dana', action: 'events-exported', outcome: 'success', details },
  ])
})

test('records the bounds of a range as times', async () => {
  const { ask, trail } = await startWatched()
  const range = { source: 'acme', from: 1_795_305_600, to: 1_795_392_000 }
  expect((await ask('POST', '/api/v1/reconcile', range, bearer(TOKENS.dana))).status).toBe(200)
  const details = { source: 'acme', from: '2026-11-22T00:00:00Z', to: '2026-11-23T00:00:00Z' }
  expect(await trail()).toMatchObject([{ action: 'range-reconciled', details }])
})

test('records logins, logouts and refused logins, but no token', async () => {
  const { ask, trail } = await startWatched()
  const browser = createBrowser({ ask })
  await browser.logIn('wrong-0123456789abcdef')
  await browser.logIn(TOKENS.lee)
  await browser.post('/api/v1/logout')
  await ask('GET', '/api/v1/status', undefined, bearer('wrong-0123456789abcdef'))
  const entries = await trail()
  expect(entries.map(({ user, action, outcome }) => [user, action, outcome])).toEqual([
    ['', 'login-refused', 'failure'],
    ['lee', 'logout', 'success'],
    ['lee', 'login', 'success'],
    ['', 'login-refused', 'failure'],
  ])
  expect(JSON.stringify(entries)).not.toMatch(/0123456789abcdef/)
})

test('records what was tried and failed, with the reason', async () => {
  const { ask, trail } = await startWatched()
  const replay = { sink: 'soz', from: 1, to: 2 }
  await ask('POST', '/api/v1/replays', replay, bearer(TOKENS.dana))
  const details = { ...replay, from: '1970-01-01T00:00:01Z', to: '1970-01-01T00:00:02Z' }
  const reason = expect.stringMatching(/no sink soz/)
  expect(await trail()).toMatchObject([
    { action: 'replay-queued', outcome: 'failure', details: { ...details, reason } },
  ])
})

test('answers why something failed, also when that could not be recorded', async () => {
  const { ask, store } = await startWatched()
  store.appendTrail = () => Promise.reject(new OperationError('no space left'))
  const { json } = await ask('POST', '/api/v1/replays', { sink: 'soz', from: 1, to: 2 }, bearer(TOKENS.dana))
  expect(json.error).toMatch(/no sink soz/)
})

test('records what is refused: who wanted it, and why not, but nothing that was not understood', async () => {
  const { ask, trail, engine } = await startWatched()
  engine.archives = () => new Map([['archive', createMemoryArchive()]])
  const browser = createBrowser({ ask })
  await browser.logIn(TOKENS.dana)
  const secret = 'secret-0123456789'
  await ask('POST', DROP, { password: secret }, bearer(TOKENS.dana))
  await ask('POST', DROP, secret, bearer(TOKENS.dana))
  await ask('POST', DROP, 'x', { ...bearer(TOKENS.dana), 'content-type': 'text/plain' })
  await ask('POST', DROP, { all: true }, bearer(TOKENS.lee))
  await ask('POST', '/api/v1/sinks/soz/test', {}, bearer(TOKENS.dana))
  await ask('GET', `/api/v1/events/download?token=${secret}`, undefined, bearer(TOKENS.lee))
  await ask('GET', '/api/orgs/beta/auditlogs?startTime=1', undefined, bearer(TOKENS.lee))
  await browser.bare('POST', DROP, { all: true })
  await ask('POST', DROP, { all: true }, { ...bearer(TOKENS.dana), origin: 'https://evil.example' })
  await ask('POST', DROP, { all: true })
  await ask('GET', '/api/v1/dead-letters?sink=soz', undefined, bearer(TOKENS.lee))
  await ask('POST', `/api/v1/sinks/soc/pause?token=${secret}`, {}, bearer(TOKENS.dana))
  const entries = await trail()
  expect(JSON.stringify(entries)).not.toContain(secret)
  expect(entries.map(({ user, action, outcome, details }) => [user, action, outcome, details])).toEqual([
    ['dana', 'sink-paused', 'failure', { id: 'soc', reason: expect.stringContaining('token') }],
    ['', 'dead-letters-dropped', 'failure', { reason: 'requests from other web pages are refused' }],
    ['dana', 'dead-letters-dropped', 'failure', { reason: expect.stringContaining('x-csrf-token') }],
    [
      'lee',
      'events-exported',
      'failure',
      { org: 'beta', startTime: '1', reason: expect.stringContaining('beta') },
    ],
    ['lee', 'events-downloaded', 'failure', { reason: expect.stringContaining('token') }],
    ['dana', 'sink-tested', 'failure', { id: 'soz', reason: expect.stringContaining('no sink soz') }],
    ['lee', 'dead-letters-dropped', 'failure', { reason: expect.stringContaining('role operator') }],
    ['dana', 'dead-letters-dropped', 'failure', { reason: expect.stringContaining('application/json') }],
    ['dana', 'dead-letters-dropped', 'failure', { reason: expect.stringContaining('not JSON') }],
    ['dana', 'dead-letters-dropped', 'failure', { reason: expect.stringContaining('password') }],
    ['dana', 'login', 'success', expect.anything()],
  ])
})

test('refused requests do not push out what others did: twenty an hour are recorded for each user', async () => {
  const { ask, trail } = await startWatched()
  for (let tries = 0; tries < 25; tries++) await ask('POST', DROP, { all: true }, bearer(TOKENS.lee))
  await ask('POST', DROP, {}, bearer(TOKENS.dana))
  await ask('POST', DROP, { ids: ['a1'] }, bearer(TOKENS.dana))
  const users = (await trail()).map(({ user, outcome }) => `${user} ${outcome}`)
  expect(users).toEqual(['dana success', 'dana failure', ...Array(20).fill('lee failure')])
})

test('nobody can make it record another organisation, range or sink than the real one', async () => {
  const { ask, engine, trail } = await startWatched()
  engine.archives = () => new Map([['archive', createMemoryArchive()]])
  const query = 'startTime=1895658554&startTime=1&org=beta'
  await ask('GET', `/api/orgs/acme/auditlogs/export?${query}`, undefined, bearer(TOKENS.lee))
  await ask('POST', '/api/v1/sinks/soc/pause?id=other', {}, bearer(TOKENS.dana))
  expect(await trail()).toMatchObject([
    { action: 'sink-paused', details: { id: 'soc' } },
    { action: 'events-exported', details: { org: 'acme', startTime: ['1895658554', '1'] } },
  ])
})

test('records a replay once, not slice by slice', async () => {
  const { ask, engine, trail } = await startWatched()
  const cursor = { source: 'acme', to: 9, phase: 'source', at: 5 }
  engine.slices = [{ queued: 1, next: cursor } as never, { queued: 1 } as never]
  await ask('POST', '/api/v1/replays', { sink: 'soc', from: 1, to: 9 }, bearer(TOKENS.dana))
  await ask('POST', '/api/v1/replays', { sink: 'soc', from: 1, to: 9, cursor }, bearer(TOKENS.dana))
  expect((await trail()).map(({ action }) => action)).toEqual(['replay-queued'])
})

test('records a replay that continues from nowhere, and one that cannot continue', async () => {
  const { ask, engine, trail } = await startWatched()
  const cursor = { source: 'acme', to: 9, phase: 'source', at: 5 }
  engine.slices = [{ queued: 1, next: { ...cursor, at: 4 } } as never]
  await ask('POST', '/api/v1/replays', { sink: 'soc', from: 1, to: 9, cursor }, bearer(TOKENS.dana))
  const next = { sink: 'lost', from: 1, to: 9, cursor: { ...cursor, at: 4 } }
  await ask('POST', '/api/v1/replays', next, bearer(TOKENS.dana))
  expect(await trail()).toMatchObject([
    { action: 'replay-queued', outcome: 'failure', details: { sink: 'lost' } },
    { action: 'replay-queued', outcome: 'success' },
  ])
})

test('records only the parts of an export’s query that it understands: a secret may be in the rest', async () => {
  const { ask, engine, trail } = await startWatched()
  engine.archives = () => new Map([['archive', createMemoryArchive()]])
  const query = 'startTime=1895658554&password=pul-secret'
  await ask('GET', `/api/orgs/acme/auditlogs/export?${query}`, undefined, bearer(TOKENS.lee))
  const entries = await trail()
  expect(entries.map(({ details }) => details)).toEqual([{ startTime: '1895658554', org: 'acme' }])
})

test('nothing is answered that could not be recorded, but what was only compared', async () => {
  const { ask, store } = await startWatched()
  store.appendTrail = () => Promise.reject(new OperationError('no space left'))
  const answer = await ask('POST', DROP, { all: true }, bearer(TOKENS.dana))
  expect([answer.status, answer.json.error]).toEqual([
    503,
    'done, but it could not be written to the trail: no space left',
  ])
  const state = await ask('GET', '/api/v1/state', undefined, bearer(TOKENS.dana))
  expect([state.status, state.json.error]).toEqual([
    503,
    'not shown, since it could not be written to the trail: no space left',
  ])
  const range = { source: 'acme', from: 1, to: 9 }
  const compared = async (more: object) =>
    (await ask('POST', '/api/v1/reconcile', { ...range, ...more }, bearer(TOKENS.dana))).status
  expect([await compared({}), await compared({ repair: true })]).toEqual([200, 503])
  expect((await ask('POST', '/api/v1/login', { token: TOKENS.dana })).headers['set-cookie']).toBeUndefined()
})

test('truncates long requests', async () => {
  const { ask, trail } = await startWatched()
  const ids = Array.from({ length: 50 }, (_, at) => `${at}`.padEnd(500, 'x'))
  await ask('POST', DROP, { ids }, bearer(TOKENS.dana))
  const [entry] = await trail()
  expect(entry).toMatchObject({ details: { ids: { length: 21 } } })
  expect(JSON.stringify(entry).length).toBeLessThan(5_000)
})

test.each([
  [0, '0 entries'],
  [1, '1 entry'],
  [2, '2 entries'],
])('records how many events an import brought, not which: %i', async (count, said) => {
  const { ask, trail } = await startWatched()
  const events = eventOfEach().slice(0, count)
  await ask('POST', '/api/v1/archives/archive/events', { events }, bearer(TOKENS.dana))
  const details = { id: 'archive', events: said }
  expect(await trail()).toMatchObject([{ action: 'archive-imported', user: 'dana', details }])
})

test('guesses do not push out what others did: twenty an hour are recorded', async () => {
  const { ask, store } = await startAccess({ ...USERS, host: '0.0.0.0', publicUrl: 'https://audit.example' })
  for (let tries = 0; tries < 25; tries++) {
    const from = { 'x-forwarded-for': `198.51.100.${tries}` }
    expect((await ask('POST', '/api/v1/login', { token: 'wrong' }, from)).status).toBe(401)
  }
  await ask('POST', '/api/v1/login', { token: TOKENS.dana })
  const entries = await store.trail({ limit: 99 })
  expect(entries.map(({ action }) => action)).toEqual(['login', ...Array(20).fill('login-refused')])
})

test('is for operators, newest first, page by page', async () => {
  const { ask, trail } = await startWatched()
  for (const id of ['a1', 'a2', 'b1']) await ask('POST', DROP, { ids: [id] }, bearer(TOKENS.dana))
  expect((await ask('GET', '/api/v1/trail', undefined, bearer(TOKENS.lee))).status).toBe(403)
  expect((await ask('GET', '/api/v1/trail')).status).toBe(401)
  const ids = (entries: Record<string, unknown>[]) =>
    entries.flatMap((it) => (it.details as { ids: string[] }).ids)
  const first = await trail('?limit=2')
  expect(ids(first)).toEqual(['b1', 'a2'])
  expect(ids(await trail(`?limit=2&before=${first[1]?.at}`))).toEqual(['a1'])
  for (const query of [
    'limit=0',
    'limit=1001',
    'limit=x',
    'before=x',
    'before=5',
    'limit=1&limit=2',
    'bevore=2026-01-01T00:00:00Z',
  ]) {
    const { status } = await ask('GET', `/api/v1/trail?${query}`, undefined, bearer(TOKENS.admin))
    expect([query, status]).toEqual([query, 400])
  }
  const { json } = await ask('GET', '/api/v1/trail?before=x', undefined, bearer(TOKENS.admin))
  expect(json.error).toMatch(/^before: expected the `at` of an entry: 2026-/)
})

test('every route that changes something has an action in the trail', async () => {
  const { ask } = await startWatched()
  const page = (await ask('GET', '/')).text
  const posts = [...page.matchAll(/^POST (\S+)$/gm)].map(([, path]) => `POST ${path}`)
  const without = posts.filter((route) => DEEDS[route] === undefined)
  expect(posts.length).toBeGreaterThan(5)
  // Those write to the trail themselves.
  expect(without).toEqual(['POST /api/v1/login', 'POST /api/v1/logout', 'POST /api/v1/trail'])
})

test('records an import of many slices once, with its files and totals', async () => {
  const { url, engine, trail, close, store } = await startWatched()
  const client = createEngineClient(url, new Secret(TOKENS.dana))
  const events = eventOfEach().map(asArchived)
  const part = { id: 'i-1' }
  const slice = (of: NewEvent[], more = {}) =>
    client.importEvents({ sink: 'archive', events: of, part: { ...part, ...more } })
  await slice([], { files: ['old.csv', 'older.csv'] })
  await slice(events.slice(0, 3))
  await slice(events.slice(3, 5))
  expect(await trail()).toEqual([])
  await slice([], { files: ['old.csv', 'older.csv'], refused: 2, last: true })
  expect(engine.imported).toHaveLength(5)
  const sums = { added: 5, known: 0, filtered: 0, refused: 2 }
  expect(await trail()).toMatchObject([{ action: 'archive-imported', user: 'dana', outcome: 'success' }])
  expect((await trail())[0]?.details).toEqual({ id: 'archive', files: ['old.csv', 'older.csv'], ...sums })
  part.id = 'i-2'
  await slice(events.slice(0, 1))
  await client.close()
  await close()
  expect(await store.trail({ limit: 9 })).toMatchObject([
    { details: { added: 1 } },
    { details: { added: 5 } },
  ])
})

test('records a failed import with the reason and what came before; an invalid number for it is refused', async () => {
  const { ask, engine, trail } = await startWatched()
  const path = '/api/v1/archives/archive/events?import='
  const events = eventOfEach().slice(0, 2)
  await ask('POST', `${path}x`, { events }, bearer(TOKENS.dana))
  engine.importEvents = () => Promise.reject(new OperationError('the disk is full'))
  await ask('POST', `${path}x`, { events }, bearer(TOKENS.dana))
  const details = { added: 2, reason: 'the disk is full' }
  expect(await trail()).toMatchObject([{ outcome: 'failure', details }])
  expect((await ask('POST', `${path}%20`, { events }, bearer(TOKENS.dana))).status).toBe(400)
  expect((await ask('POST', `${path}x&last=1`, { events }, bearer(TOKENS.dana))).status).toBe(400)
})

test('records `dead-letters export` of a command as an export', async () => {
  const { url, engine, trail } = await startWatched()
  const client = createEngineClient(url, new Secret(TOKENS.dana))
  let text = ''
  for await (const piece of await client.exportDeadLetters({ sink: 'soc' })) text += piece
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id),
  ).toEqual(['a1', 'a2'])
  expect(await trail()).toMatchObject([
    { action: 'dead-letters-exported', user: 'dana', details: { sink: 'soc' } },
  ])
  engine.deadLetters = () => Promise.reject(new OperationError('the disk is gone'))
  await expect(client.exportDeadLetters({})).rejects.toThrow('HTTP 503: the disk is gone')
  await client.close()
})
