/** The sink `kafka` and librdkafka: its mock cluster accepts the records, and kcat reads what was meant. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definition } from '../../connectors/sinks/kafka/index.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { deliver } from '../conformance/deliver.ts'
import { openSink } from '../conformance/open-sink.ts'
import { PATIENCE_MS } from '../patience.ts'
import { type MockCluster, type ReadRecord, startMockCluster, whyNoCluster } from './mock-cluster.ts'

const missing = whyNoCluster()
if (missing !== undefined) process.stderr.write(`not run: ${missing}\n`)

// Skipped only if what it needs can't be installed; the line above says how to.
describe.skipIf(missing !== undefined)('librdkafka', () => {
  let cluster: MockCluster
  let next = 0
  beforeAll(async () => {
    cluster = await startMockCluster('audit', 6)
  })
  afterAll(() => cluster.stop())

  function open(own: Readonly<Record<string, unknown>> = {}) {
    return openSink(definition, { brokers: cluster.brokers, topic: 'audit', encryption: 'none', ...own })
  }

  /** Events that no other test has used. */
  function fresh(count: number) {
    next += 10_000
    return auditEvents(count, next)
  }

  const headersOf = ({ headers = [] }: ReadRecord) =>
    Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : [])))

  async function recordsOf(events: readonly { readonly uid: string }[]) {
    const wanted = new Set(events.map(({ uid }) => uid))
    return (await cluster.records()).filter((it) => wanted.has(headersOf(it).event_uid ?? ''))
  }

  it.each(['gzip', 'zstd', 'lz4', 'snappy', 'none'])(
    '%s: each record with its key, headers, time and value, in order',
    async (compression) => {
      const { sink, format } = open({ compression })
      const events = fresh(400)
      expect((await deliver(sink, batchOf(events, format))).delivered).toHaveLength(400)
      await sink.close()
      const records = await recordsOf(events)
      expect(records.map(({ payload }) => payload)).toEqual(events.map((event) => format.encode(event)))
      expect(records.map(({ ts }) => ts)).toEqual(events.map(({ timestamp }) => timestamp * 1000))
      expect(records.map(headersOf)).toEqual(
        events.map(({ uid, action }) => ({ event_uid: uid, event_id: action, schema: 'native' })),
      )
      expect(new Set(records.map(({ key, partition }) => `${key} ${partition}`)).size).toBe(1)
    },
  )

  it('a key lies in the partition that other clients choose for it', async () => {
    const { sink, format } = open({ key: 'event_uid' })
    const events = fresh(24)
    await deliver(sink, batchOf(events, format))
    await sink.close()
    const ours = await recordsOf(events)
    for (const { key } of ours) await cluster.produce(key ?? '', 'theirs')
    const theirs = (await cluster.records()).filter(({ payload }) => payload === 'theirs')
    const places = (records: readonly ReadRecord[]) =>
      Object.fromEntries(records.map(({ key, partition }) => [key, partition]))
    expect(places(theirs)).toEqual(places(ours))
    expect(new Set(Object.values(places(ours))).size).toBeGreaterThan(3)
  })

  it.each([
    [0, 6, 'NOT_LEADER_OR_FOLLOWER'],
    [0, 7, 'REQUEST_TIMED_OUT'],
    [0, 19, 'NOT_ENOUGH_REPLICAS'],
    [0, 10, 'MESSAGE_TOO_LARGE'],
    [0, 29, 'TOPIC_AUTHORIZATION_FAILED'],
    [0, 45, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    [0, 47, 'INVALID_PRODUCER_EPOCH'],
    [0, 59, 'UNKNOWN_PRODUCER_ID'],
    [0, 87, 'INVALID_RECORD'],
    [0, -195, 'a connection that is cut'],
    [22, 15, 'COORDINATOR_NOT_AVAILABLE for a producer id'],
  ])('request %i answered with %i (%s): all arrive, in order, and once', async (api, code) => {
    const { sink, format } = open()
    const events = fresh(60)
    const first = batchOf(events.slice(0, 20), format)
    if (api === 0) await deliver(sink, first)
    await cluster.refuse(api, code, 1)
    if (api !== 0) await deliver(sink, first)
    await deliver(sink, batchOf(events.slice(20, 40), format))
    await deliver(sink, batchOf(events.slice(40), format))
    await sink.close()
    const uids = (await recordsOf(events)).map((it) => headersOf(it).event_uid)
    expect(uids).toEqual(events.map(({ uid }) => uid))
  })

  it('check reaches every broker, and misses a topic that is not there', async () => {
    const { sink } = open()
    expect(await sink.check?.(AbortSignal.timeout(PATIENCE_MS))).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^topic audit: 6 partitions on 3 brokers, all reached/),
    })
    await sink.close()
  })
})
