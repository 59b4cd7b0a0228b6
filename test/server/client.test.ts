import { afterEach, expect, test } from 'vitest'
import { OperationError, UnknownIdError, UsageError } from '../../src/errors.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { createEngineClient, type EngineClient } from '../../src/server/client.ts'
import { startServer } from '../../src/server/server.ts'
import { sampleStatus } from '../ops/sample-status.ts'
import { sampleReconciliation } from '../reconcile/sample-reconciliation.ts'
import { createFakeEngine, letter } from './fake-engine.ts'

const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

test('says what the engine says', async () => {
  const { client, engine } = await start()
  expect(await client.alive()).toBe(true)
  expect(await client.status()).toEqual(sampleStatus)
  expect(await client.deadLetters({})).toEqual(engine.letters)
  expect(await client.deadLetters({ sink: 'soc', state: 'parked', limit: 1 })).toEqual([letter('a1', 'soc')])
  expect(await client.deadLetters({ after: letter('a1', 'soc') })).toEqual([
    letter('a2', 'soc'),
    letter('b1', 'hook'),
  ])
  expect(await client.queueDeadLetters({ ids: ['a1', 'b1'] })).toBe(2)
  expect(await client.deadLetters({ state: 'queued' })).toHaveLength(2)
  expect(await client.dropDeadLetters({ sink: 'soc' })).toBe(2)
  expect(await client.dropDeadLetters({})).toBe(1)
})

test('reconciles, and is told what is wrong with a query', async () => {
  const { client } = await start()
  const query = { source: 'acme', from: 1_795_305_600, to: 1_795_392_000, repair: false }
  expect(await client.reconcile(query)).toEqual(sampleReconciliation(query))
  await expect(client.reconcile({ ...query, to: query.from })).rejects.toThrow('from must lie before to')
})

test('shows the progress of a long reconciliation', async () => {
  const { client, engine } = await start()
  const query = { source: 'acme', from: 1_795_305_600, to: 1_795_392_000, repair: false }
  const other = { ...query, source: 'lab', events: 9, position: query.from, share: 1 }
  const wait = { reason: 'HTTP 429', until: 1_795_392_300_000 }
  const at = (events: number, share: number) => ({ ...query, events, position: query.to - events, share })
  const states = [[at(10, 0.25), other], [other, { ...at(30, 0.75), wait }], [other]]
  engine.reconciling = () => states.shift() ?? []
  engine.reconcile = async (asked) => {
    await expect.poll(() => states).toEqual([])
    return sampleReconciliation(asked)
  }
  const looks: unknown[][] = []
  await client.reconcile(query, (...look) => looks.push(look))
  expect(looks).toEqual([
    [10, query.to - 10, 0.25, undefined],
    [20, query.to - 30, 0.75, wait],
  ])
})

test('carries answers over a mebibyte and long lists of ids', async () => {
  const { client, engine } = await start()
  engine.letters = Array.from({ length: 3000 }, (_, i) => letter(`${i}`.padStart(64, '0'), 'soc'))
  expect(await client.deadLetters({})).toEqual(engine.letters)
  const ids = engine.letters.slice(0, 420).map(({ id }) => id)
  expect(await client.deadLetters({ ids })).toHaveLength(420)
  expect(await client.queueDeadLetters({ ids })).toBe(420)
})

test('a wrong token is reported with the cure', async () => {
  const { url } = await start(new Secret('right'))
  const client = createEngineClient(url, new Secret('wrong'))
  stops.push(() => client.close())
  expect(await client.alive()).toBe(true)
  await expect(client.status()).rejects.toThrow(/server\.admin_token/)
  await expect(client.status()).rejects.toThrow(OperationError)
})

test('an engine that is gone is named', async () => {
  const { client, url } = await start()
  await stops.shift()?.()
  expect(await client.alive()).toBe(false)
  await expect(client.status()).rejects.toThrow(`the engine at ${url} does not answer`)
})

test('what is not there is asked for wrongly, with or without an engine', async () => {
  const { client, engine } = await start()
  engine.importEvents = async () => {
    throw new UnknownIdError('no sink archve; there is archive')
  }
  const asked = client.importEvents({ sink: 'archve', events: [] })
  await expect(asked).rejects.toThrow(new UsageError('no sink archve; there is archive'))
})

test("the engine's own words reach the operator", async () => {
  const { client, engine } = await start()
  engine.status = () => Promise.reject(new OperationError('the store is closed'))
  await expect(client.status()).rejects.toThrow('HTTP 503: the store is closed')
})

async function start(adminToken?: Secret) {
  const engine = createFakeEngine()
  const server = await startServer({
    server: { host: '127.0.0.1', port: 0, console: false, ...(adminToken ? { adminToken } : {}) },
    engine,
    prometheus: { text: async () => '' },
    logger: silentLogger,
    version: '0.1.0',
  })
  stops.push(() => server.close())
  const client: EngineClient = createEngineClient(server.url, adminToken)
  stops.push(() => client.close())
  return { client, engine, url: server.url }
}
