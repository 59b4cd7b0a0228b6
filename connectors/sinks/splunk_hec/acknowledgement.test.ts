import { afterEach, expect, test, vi } from 'vitest'
import type { Sink } from '../../../src/connector.ts'
import { delivered, every } from '../../../src/outcome.ts'
import {
  type HecEmulator,
  type HecOptions,
  startHecEmulator,
} from '../../../test/emulators/splunk-hec/hec.ts'
import { ownTime } from '../../../test/own-time.ts'
import { PATIENCE_MS } from '../../../test/patience.ts'
import type { Config } from './config.ts'
import { batchOf, events, noSignal, openSink } from './fixtures/rig.ts'

const open: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const it of open.splice(0)) await it.stop()
})

async function start(hecOptions: HecOptions = {}, sinkOptions: Partial<Config> = {}, now = Date.now) {
  const hec = await startHecEmulator({ acknowledgements: true, ...hecOptions })
  const sink = openSink(hec, { acknowledgements: true, ...sinkOptions }, { now })
  open.push({ stop: () => sink.close() }, hec)
  return { hec, sink }
}

/** Another sink for the same receiver, with time enough on any machine. */
function patient(hec: HecEmulator): Sink {
  const sink = openSink(hec, { acknowledgements: true })
  open.unshift({ stop: () => sink.close() })
  return sink
}

const batch = batchOf(events(3))
const asked = (hec: HecEmulator) => hec.requestsTo('ack').length
const waitFor = (condition: () => void) => vi.waitFor(condition, { timeout: PATIENCE_MS, interval: 5 })

/** Sends the batch as the engine would: again while the answer is retry. */
async function deliver(sink: Sink): Promise<number> {
  for (let attempts = 1; ; attempts++) {
    const outcomes = await sink.write(batch, noSignal)
    if (outcomes.every(({ kind }) => kind === 'delivered')) return attempts
    expect(outcomes.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'retry'])
  }
}

test('delivered only once the indexer says so', async () => {
  const { hec, sink } = await start({ indexAfterMs: Number.POSITIVE_INFINITY })
  let settled = false
  const writing = sink.write(batch, noSignal).finally(() => {
    settled = true
  })
  await waitFor(() => expect(asked(hec)).toBeGreaterThan(2))
  expect(settled).toBe(false)
  expect(hec.indexed).toEqual([])
  hec.flush()
  expect(await writing).toEqual(every(3, delivered))
  expect(hec.indexed).toHaveLength(3)
})

test('each batch has a channel of its own, a GUID, and asks only about that', async () => {
  const { hec, sink } = await start()
  await sink.write(batch, noSignal)
  await sink.write(batch, noSignal)
  const channels = hec.requestsTo('event').map(({ headers }) => headers['x-splunk-request-channel'])
  expect(new Set(channels).size).toBe(2)
  expect(hec.requestsTo('ack').map(({ query }) => query.get('channel'))).toEqual(channels)
  expect(hec.requestsTo('ack').map(({ body }) => body.toString())).toEqual(['{"acks":[0]}', '{"acks":[0]}'])
})

test('a `true` that got lost is not repeated: the batch is sent again after the timeout', async () => {
  let clock = 0
  const { hec, sink } = await start({}, { ack_timeout: 60_000 }, () => clock)
  hec.loseAnswers(1, 'ack')
  const writing = sink.write(batch, noSignal)
  // The question that got an answer is the second.
  await waitFor(() => expect(asked(hec)).toBeGreaterThan(2))
  clock += 60_000
  expect((await writing)[0]).toEqual({
    kind: 'retry',
    reason: 'timed out waiting for the indexer acknowledgement; last answer: not indexed yet',
  })
  expect(await patient(hec).write(batch, noSignal)).toEqual(every(3, delivered))
  expect(hec.indexed.slice(3).map(({ uid }) => uid)).toEqual(batch.events.map(({ uid }) => uid))
})

test('an indexer that restarts loses what it had accepted, and gets it again', async () => {
  const { hec, sink } = await start({ indexAfterMs: Number.POSITIVE_INFINITY }, { ack_timeout: 300 })
  const lost = sink.write(batch, noSignal)
  await waitFor(() => expect(asked(hec)).toBeGreaterThan(0))
  hec.restartIndexer(0)
  expect((await lost).map(({ kind }) => kind)).toEqual(['retry', 'retry', 'retry'])
  const again = patient(hec).write(batch, noSignal)
  await waitFor(() => {
    hec.flush()
    expect(hec.indexed).toHaveLength(3)
  })
  expect(await again).toEqual(every(3, delivered))
})

test('an id that is issued again after a restart is not mistaken for the old one', async () => {
  const { hec, sink } = await start({ indexAfterMs: Number.POSITIVE_INFINITY }, { ack_timeout: 300 })
  const lost = sink.write(batch, noSignal)
  await waitFor(() => expect(asked(hec)).toBeGreaterThan(0))
  hec.restartIndexer(0)
  const other = patient(hec).write(batchOf(events(1)), noSignal)
  await waitFor(() => {
    hec.flush()
    expect(hec.indexed).toHaveLength(1)
  })
  expect(await other).toEqual([delivered])
  expect((await lost).map(({ kind }) => kind)).toEqual(['retry', 'retry', 'retry'])
})

test('behind a load balancer with a cookie, every question reaches the right indexer', async () => {
  const { hec, sink } = await start({ indexers: 3, sticky: true, indexAfterMs: 60 })
  const writes = Array.from({ length: 6 }, () => sink.write(batch, noSignal))
  expect((await Promise.all(writes)).flat()).toEqual(every(18, delivered))
  const home = new Map(
    hec.requestsTo('event').map((seen) => [seen.headers['x-splunk-request-channel'], seen.indexer]),
  )
  expect(new Set(home.values()).size).toBe(3)
  for (const { query, indexer, headers } of hec.requestsTo('ack')) {
    expect(indexer).toBe(home.get(query.get('channel') ?? ''))
    expect(headers.cookie).toBe(`hec_node=${indexer}`)
  }
})

test('behind a load balancer without a cookie, it asks until the right indexer answers', async () => {
  const { hec, sink } = await start({ indexers: 3 })
  expect(await deliver(sink)).toBe(1)
  expect(hec.indexed).toHaveLength(3)
  expect(asked(hec)).toBeGreaterThan(1)
})

test.each([
  ['a 5xx', { status: 503 }],
  ['a 429', { status: 429 }],
  ['an unknown 4xx', { status: 418 }],
  ['HTML', { status: 200, body: '<html>true</html>' }],
  ['nothing', { status: 200, body: '' }],
  ['success without acks', { status: 200, body: '{"text":"Success","code":0}' }],
  ['another id', { status: 200, body: '{"acks":{"1":true}}' }],
  ['a truthy text', { status: 200, body: '{"acks":{"0":"true"}}' }],
  ['true inside a 500', { status: 500, body: '{"acks":{"0":true}}' }],
  ['a reset', { reset: true as const }],
])('%s from the acknowledgement address is never success', async (_, fault) => {
  const { hec, sink } = await start({}, { ack_timeout: 600_000 })
  hec.fail(fault, Number.POSITIVE_INFINITY, 'ack')
  const stop = new AbortController()
  const writing = sink.write(batch, stop.signal)
  await waitFor(() => expect(asked(hec)).toBeGreaterThan(2))
  stop.abort()
  expect((await writing).map(({ kind }) => kind)).toEqual(['retry', 'retry', 'retry'])
})

test('temporary trouble at the acknowledgement address costs nothing', async () => {
  const { hec, sink } = await start()
  hec.fail({ status: 503 }, 3, 'ack')
  expect(await deliver(sink)).toBe(1)
  expect(hec.requestsTo('event')).toHaveLength(1)
})

test.each([
  [401, '{"text":"Invalid authorization","code":3}', 'code 3'],
  [404, '<html>', 'HTTP 404'],
  [400, '{"text":"ACK is disabled","code":14}', 'acknowledgements: false'],
])('%i from the acknowledgement address pauses', async (status, body, reason) => {
  const { hec, sink } = await start()
  hec.fail({ status, body }, 1, 'ack')
  const [outcome] = await sink.write(batch, noSignal)
  expect(outcome).toEqual({ kind: 'pause', reason: expect.stringContaining(reason) })
})

test('a token without acknowledgement pauses, and the probes send no copies', async () => {
  const { hec, sink } = await start({ acknowledgements: false })
  expect(await sink.write(batch, noSignal)).toEqual(
    every(3, { kind: 'pause', reason: expect.stringContaining('set `acknowledgements: false`') }),
  )
  const [probe] = await sink.write(batch, noSignal)
  expect(probe).toEqual({ kind: 'pause', reason: expect.stringContaining('code 14') })
  expect(hec.requestsTo('event')).toHaveLength(1)
})

test('a paused lane goes on once acknowledgements work', async () => {
  const { hec, sink } = await start()
  hec.fail({ status: 200, body: '{"text":"Success","code":0}' }, 1, 'event')
  expect((await sink.write(batch, noSignal))[0]?.kind).toBe('pause')
  expect(await sink.write(batch, noSignal)).toEqual(every(3, delivered))
  expect(asked(hec)).toBe(2)
  expect(await sink.write(batch, noSignal)).toEqual(every(3, delivered))
  expect(asked(hec)).toBe(3)
})

test('what came before a bad event is not assumed to be indexed', async () => {
  const { hec, sink } = await start()
  const list = events(4, (n) => (n === 2 ? '""' : `{"n":${n}}`))
  const first = await sink.write(batchOf(list), noSignal)
  expect(first.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'rejected', 'retry'])
  const rest = list.filter((_, n) => first[n]?.kind === 'retry')
  expect(await sink.write(batchOf(rest), noSignal)).toEqual(every(3, delivered))
  expect(hec.requestsTo('ack')).toHaveLength(1)
})

test('abort settles the wait within a second', async () => {
  const { hec, sink } = await start(
    { indexAfterMs: Number.POSITIVE_INFINITY },
    { ack_poll_every: 60_000, ack_timeout: 600_000 },
  )
  const stop = new AbortController()
  const writing = sink.write(batch, stop.signal)
  await waitFor(() => expect(asked(hec)).toBe(1))
  stop.abort()
  const outcomes = await Promise.race([writing, ownTime(1_000, 'late')])
  expect(outcomes).toEqual(
    every(3, {
      kind: 'retry',
      reason: expect.stringContaining('stopped before the indexer acknowledgement'),
    }),
  )
})
