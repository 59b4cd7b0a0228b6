import { afterEach, describe, expect, test } from 'vitest'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { deliver, write } from '../../../test/conformance/deliver.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { startKafkaCluster } from '../../../test/emulators/kafka/cluster.ts'
import type { ClusterOptions } from '../../../test/emulators/kafka/state.ts'
import { PATIENCE_MS } from '../../../test/patience.ts'
import { definition } from './index.ts'

const disposal: (() => unknown)[] = []
afterEach(async () => {
  for (const end of disposal.splice(0).reverse()) await end()
})

async function start(options: ClusterOptions = {}, own: Readonly<Record<string, unknown>> = {}) {
  const cluster = await startKafkaCluster(options)
  disposal.push(() => cluster.stop())
  return { cluster, ...open({ brokers: cluster.bootstrap, topic: cluster.topic, ...own }) }
}

function open(own: Readonly<Record<string, unknown>>) {
  const it = openSink(definition, { topic: 'pulumi-audit', encryption: 'none', ...own })
  disposal.push(() => it.sink.close())
  return { ...it, batch: (count: number, from = 0) => batchOf(auditEvents(count, from), it.format) }
}

const uidsOf = (count: number, from = 0) => auditEvents(count, from).map(({ uid }) => uid)

describe('a record', () => {
  test('has the payload, the event time, the key and three headers', async () => {
    const { cluster, sink, batch } = await start({}, { format: 'ecs' })
    const sent = batch(6)
    await write(sink, sent)
    const expected = sent.events.map(({ uid, event, payload, timestamp }) => ({
      key: 'acme',
      value: Buffer.from(payload),
      timestamp: timestamp * 1000,
      headers: new Map(Object.entries({ event_uid: uid, event_id: event.action, schema: 'ecs' })),
      partition: 0,
      compression: 'zstd',
    }))
    expect(cluster.kept).toEqual(expected)
  })

  test.each(['gzip', 'zstd', 'lz4', 'snappy', 'none'])('travels with %s', async (compression) => {
    const { cluster, sink, batch } = await start({}, { compression })
    await write(sink, batch(300))
    expect(cluster.uids()).toEqual(uidsOf(300))
    expect(new Set(cluster.kept.map((it) => it.compression))).toEqual(new Set([compression]))
    expect(cluster.kept.map(({ value }) => `${value}`)).toEqual(
      batch(300).events.map(({ payload }) => `${payload}`),
    )
  })

  test.each([
    ['organization', ['acme']],
    ['stack', ['acme', 'acme/web/prod']],
    ['event_uid', uidsOf(60).toSorted()],
    ['none', [null]],
  ])('with the key %s: one key, one partition', async (key, keys) => {
    const { cluster, sink, batch } = await start({ partitions: 5, brokers: 2 }, { key })
    await deliver(sink, batch(60))
    await deliver(sink, batch(60))
    expect([...new Set(cluster.kept.map((it) => it.key))].toSorted()).toEqual(keys)
    const places = Map.groupBy(cluster.kept, (it) => it.key)
    for (const records of places.values()) expect(new Set(records.map((it) => it.partition)).size).toBe(1)
    expect(new Set(cluster.uids())).toEqual(new Set(uidsOf(60)))
  })
})

describe('the order within a key', () => {
  test('is kept when batches are written at once', async () => {
    const { cluster, sink, batch } = await start({ partitions: 3 })
    await Promise.all([0, 1, 2, 3, 4, 5].map((n) => write(sink, batch(20, n * 20))))
    expect(cluster.uids()).toEqual(uidsOf(120))
  })

  test('is kept over resets, as the engine writes: the next batch once the one before is delivered', async () => {
    const { cluster, sink, batch } = await start()
    for (let n = 0; n < 6; n++) {
      if (n % 2 === 1) cluster.fail('reset')
      if (n === 4) cluster.resetAll()
      await deliver(sink, batch(10, n * 10))
    }
    const seen = [...new Set(cluster.uids())]
    expect(seen).toEqual(uidsOf(60))
  })
})

describe('sizes', () => {
  const bulky = (length: number) =>
    auditEvents(3).map((event, at) => (at === 1 ? { ...event, description: 'x'.repeat(length) } : event))

  test('a record over max_message_bytes is rejected with a reason, its neighbours are delivered', async () => {
    const { cluster, sink, format } = await start({}, { max_message_bytes: '20KiB' })
    const outcomes = await write(sink, batchOf(bulky(30_000), format))
    expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'rejected', 'delivered'])
    expect(outcomes[1]).toMatchObject({
      reason: expect.stringMatching(/^a record of \d+ bytes, of 20480 at most$/),
    })
    expect(cluster.uids()).toEqual([uidsOf(1)[0], uidsOf(3)[2]])
  })

  test('records over it together are never sent: the batch is halved', async () => {
    // What the sink counts is never less than what a broker counts.
    const maxMessageBytes = 20 * 1024
    const { cluster, sink, batch } = await start(
      { maxMessageBytes },
      { max_message_bytes: '20KiB', compression: 'none' },
    )
    const { outcomes, rejected } = await deliver(sink, batch(400))
    expect(outcomes.filter(({ kind }) => kind === 'split').length).toBeGreaterThan(100)
    expect(outcomes.some((it) => it.kind === 'split' && !it.reason.includes('at most'))).toBe(false)
    expect(rejected).toEqual([])
    expect(cluster.uids()).toEqual(uidsOf(400))
  })

  test('a topic with a lower limit than configured halves the batch, and the one event that is too large is rejected', async () => {
    const { cluster, sink, format } = await start({ maxMessageBytes: 4_000 }, { compression: 'none' })
    const { rejected } = await deliver(sink, batchOf(bulky(5_000), format))
    expect(rejected).toEqual([uidsOf(3)[1]])
    expect(new Set(cluster.uids())).toEqual(new Set([uidsOf(1)[0], uidsOf(3)[2]]))
  })

  test('a full batch of small events fits with its keys and headers', () => {
    const { defaults, maxBytes = 0 } = definition.limits(
      definition.config.parse({ brokers: ['b:1'], topic: 't' }),
    )
    expect(defaults.maxBytes + defaults.maxEvents * 190).toBeLessThanOrEqual(maxBytes)
  })
})

describe('brokers come and go', () => {
  test('nobody listens: retry, within the time-out; an unknown host: pause', async () => {
    const { cluster, sink, batch } = await start()
    await cluster.stop()
    expect((await write(sink, batch(2)))[0]).toEqual({
      kind: 'retry',
      reason: expect.stringContaining('ECONNREFUSED'),
    })
    const port = Number(cluster.bootstrap[0]?.split(':')[1])
    const back = await startKafkaCluster({ port })
    disposal.push(() => back.stop())
    expect(await write(sink, batch(2))).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }])

    const nowhere = open({ brokers: ['kafka.invalid:9092'] })
    expect((await write(nowhere.sink, batch(1)))[0]).toMatchObject({ kind: 'pause' })
  })

  test('an idle connection that was cut is opened again', async () => {
    const { cluster, sink, batch } = await start()
    await write(sink, batch(2))
    cluster.resetAll()
    await deliver(sink, batch(2, 2))
    expect(new Set(cluster.uids())).toEqual(new Set(uidsOf(4)))
  })

  test('a connection that was idle for minutes is not trusted: some networks drop it silently', async () => {
    const cluster = await startKafkaCluster()
    disposal.push(() => cluster.stop())
    let now = Date.now()
    const options = { brokers: cluster.bootstrap, topic: cluster.topic, encryption: 'none' }
    const { sink, format } = openSink(definition, options, () => now)
    disposal.push(() => sink.close())
    for (const [at, wait] of [0, 100_000, 100_000, 181_000].entries()) {
      now += wait
      await write(sink, batchOf(auditEvents(1, at), format))
      const opened = cluster.requests.filter((it) => it === 'InitProducerId').length
      expect(opened).toBe(wait > 180_000 ? 2 : 1)
    }
    expect(cluster.uids()).toEqual(uidsOf(4))
  })

  test('the second broker of the list is enough', async () => {
    const gone = await startKafkaCluster()
    await gone.stop()
    const { cluster } = await start()
    const { sink, batch } = open({ brokers: [...gone.bootstrap, ...cluster.bootstrap] })
    expect(await write(sink, batch(1))).toEqual([{ kind: 'delivered' }])
  })

  test('no answer: given up after the time-out, and the next attempt uses a new connection', async () => {
    const { cluster, sink, batch } = await start({}, { timeout: '3s' })
    cluster.fail('hang')
    const [outcome] = await write(sink, batch(1))
    expect(outcome?.kind).toBe('retry')
    expect(await write(sink, batch(1))).toEqual([{ kind: 'delivered' }])
    expect(cluster.open()).toBe(1)
  })

  test('a batch that waits for its turn is given up when it is aborted, and is not sent later', async () => {
    const { cluster, sink, batch } = await start({}, { timeout: '2s' })
    cluster.fail('hang')
    const first = new AbortController()
    const held = write(sink, batch(1), first.signal)
    const aborted = new AbortController()
    const waiting = write(sink, batch(1, 1), aborted.signal)
    aborted.abort()
    expect(await waiting).toEqual([{ kind: 'retry', reason: expect.stringContaining('interrupted') }])
    first.abort()
    expect((await held)[0]?.kind).toBe('retry')
    await deliver(sink, batch(1, 2))
    expect(cluster.uids()).toEqual([uidsOf(3)[2]])
  })

  test('a proxy is refused with a reason, not bypassed', async () => {
    const { cluster, sink, batch } = await start({}, { proxy: 'http://127.0.0.1:1' })
    expect(await write(sink, batch(1))).toEqual([{ kind: 'pause', reason: expect.stringContaining('proxy') }])
    expect(await sink.check?.(AbortSignal.timeout(PATIENCE_MS))).toMatchObject({
      ok: false,
      cure: 'leave `proxy` out',
    })
    expect(cluster.requests).toEqual([])
  })
})

test('without idempotence, if the brokers offer none', async () => {
  const { cluster, sink, batch } = await start({ idempotence: false })
  expect((await write(sink, batch(1)))[0]).toMatchObject({
    kind: 'pause',
    reason: expect.stringMatching(/InitProducerId/),
  })
  const other = open({ brokers: cluster.bootstrap, idempotent: false })
  expect(await write(other.sink, batch(2))).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }])
  expect(cluster.requests).not.toContain('InitProducerId')
})

test('preview shows topic, headers and value', () => {
  const { config, batch, format } = open({ brokers: ['kafka.example:9093'], key: 'stack' })
  const preview = definition.preview?.(config as never, { format, version: '1' }, batch(1))
  expect(preview).toEqual({
    place: 'topic pulumi-audit at kafka.example:9093, key acme/web/prod, timestamp 1795384800000',
    headers: { event_uid: uidsOf(1)[0], event_id: 'stack-created', schema: 'native' },
    body: format.encode(auditEvents(1)[0] as never),
  })
})

test.each([
  [{ brokers: ['kafka.example'] }, /host:port/],
  [{ brokers: ['tcp://kafka.example:9092'] }, /host:port/],
  [{ brokers: [] }, /broker/],
  [{ topic: 'a b' }, /letters/],
  [{ topic: '..' }, /letters/],
  [{ sasl: { mechanism: 'plain', username: 'a' } }, /`password`/],
  [{ sasl: { mechanism: 'oauthbearer' } }, /token_url/],
  [{ sasl: { mechanism: 'oauthbearer', token_url: 'https://id.example' } }, /client_id/],
  [{ sasl: { mechanism: 'oauthbearer', token: 'a', extensions: { auth: 'x' } } }, /auth/],
])('%j is refused with a reason', (options, words) => {
  const { error } = definition.config.safeParse({ brokers: ['b:1'], topic: 't', ...options })
  expect(error?.issues.map(({ message }) => message).join()).toMatch(words)
})
