/** Every code of the protocol, and what it means for the events: a broker answers Produce with it. */
import { protocolErrorsCodesById } from '@platformatic/kafka'
import { afterEach, describe, expect, test } from 'vitest'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { deliver, write } from '../../../test/conformance/deliver.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { type KafkaCluster, startKafkaCluster } from '../../../test/emulators/kafka/cluster.ts'
import type { ClusterOptions } from '../../../test/emulators/kafka/state.ts'
import { definition } from './index.ts'
import { outcomesOfPartition } from './verdict.ts'

const disposal: (() => unknown)[] = []
afterEach(async () => {
  for (const end of disposal.splice(0).reverse()) await end()
})

async function start(options: ClusterOptions = {}, own: Readonly<Record<string, unknown>> = {}) {
  const cluster = await startKafkaCluster(options)
  const { bootstrap: brokers, topic } = cluster
  const it = openSink(definition, { brokers, topic, encryption: 'none', ...own })
  disposal.push(
    () => cluster.stop(),
    () => it.sink.close(),
  )
  return {
    cluster,
    sink: it.sink,
    batch: (count: number, from = 0) => batchOf(auditEvents(count, from), it.format),
  }
}

// Not POLICY_VIOLATION (44): it is what Event Hubs says when it has throttled a request for too long.
const PAUSE = [...[17, 21, 29, 31, 33, 34, 35, 40, 42, 43, 53, 54, 58, 61, 62, 65, 66, 76, 97]]
const SPLIT = [10, 18, 32, 87]
/** The producer has a new id, and the same batch went again. */
const MENDED = [45, 59]

test('each code of Produce, known or not: pause, split or retry, never delivered', async () => {
  const { cluster, sink, batch } = await start()
  const known = Object.keys(protocolErrorsCodesById).map(Number)
  const codes = [...known.filter((code) => code > 0), -1, 500, 32_767, -2]
  expect(codes.length).toBeGreaterThan(120)
  const kinds = new Map<number, string>()
  for (const [at, code] of codes.entries()) {
    cluster.refuse('Produce', { code })
    const [outcome] = await write(sink, batch(1, at))
    kinds.set(code, outcome?.kind ?? '')
    if (outcome?.kind !== 'delivered') {
      expect(cluster.kept).toHaveLength(at)
      if (known.includes(code) && 'reason' in (outcome ?? {}))
        expect(outcome).toMatchObject({ reason: expect.stringContaining(`(${code})`) })
      expect(await write(sink, batch(1, at))).toEqual([{ kind: 'delivered' }])
    }
    expect(cluster.kept).toHaveLength(at + 1)
  }
  const of = (kind: string) => codes.filter((code) => kinds.get(code) === kind).toSorted((a, b) => a - b)
  expect(of('pause')).toEqual(PAUSE)
  expect(of('split')).toEqual(SPLIT)
  expect(of('delivered')).toEqual(MENDED)
  expect(of('retry')).toHaveLength(codes.length - PAUSE.length - SPLIT.length - MENDED.length)
  expect(cluster.uids()).toEqual(auditEvents(codes.length).map(({ uid }) => uid))
})

test.each([
  [17, 'pause', 'correct `topic`'],
  [29, 'pause', 'Describe and Write'],
  [3, 'pause', 'create the topic'],
  [5, 'retry', 'LEADER_NOT_AVAILABLE'],
  [7, 'retry', 'REQUEST_TIMED_OUT'],
  [-1, 'retry', 'UNKNOWN_SERVER_ERROR'],
])('code %i of Metadata: %s', async (code, kind, reason) => {
  const { cluster, sink, batch } = await start()
  cluster.refuse('Metadata', { code })
  expect((await write(sink, batch(2)))[1]).toEqual({ kind, reason: expect.stringContaining(reason) })
  await deliver(sink, batch(2))
  expect(cluster.uids()).toHaveLength(2)
})

test.each([
  [31, 'pause', 'IdempotentWrite'],
  [14, 'retry', 'COORDINATOR_LOAD_IN_PROGRESS'],
  [15, 'retry', 'COORDINATOR_NOT_AVAILABLE'],
])('code %i of InitProducerId: %s', async (code, kind, reason) => {
  const { cluster, sink, batch } = await start()
  cluster.refuse('InitProducerId', { code })
  expect((await write(sink, batch(2)))[1]).toEqual({ kind, reason: expect.stringContaining(reason) })
  await deliver(sink, batch(2))
  expect(cluster.uids()).toHaveLength(2)
})

describe('one partition is refused', () => {
  const setting = { partitions: 4, brokers: 2 }

  test.each([
    [29, 'pause'],
    [10, 'split'],
    [19, 'retry'],
    [6, 'retry'],
    [47, 'retry'],
    [46, 'retry'],
    [90, 'retry'],
  ])('code %i: %s for its own events only', async (code, kind) => {
    const { cluster, sink, batch } = await start(setting, { key: 'event_uid' })
    await write(sink, batch(40, 1000))
    cluster.kept.splice(0)
    cluster.refuse('Produce', { code, partition: 2 })
    const outcomes = await write(sink, batch(40))
    const kinds = new Set(outcomes.map((it) => it.kind))
    expect(kinds).toEqual(new Set(['delivered', kind]))
    const taken = auditEvents(40).filter((_, at) => outcomes[at]?.kind === 'delivered')
    expect(cluster.uids().toSorted()).toEqual(taken.map(({ uid }) => uid).toSorted())
    expect(new Set(cluster.kept.map(({ partition }) => partition))).toEqual(new Set([0, 1, 3]))
    const rest = auditEvents(40).filter((_, at) => outcomes[at]?.kind !== 'delivered')
    const { format } = openSink(definition, { brokers: ['x:1'], topic: 'x' })
    await deliver(sink, batchOf(rest, format))
    expect(cluster.uids()).toHaveLength(40)
  })

  test('if the answer leaves it out, only its own events are sent again', async () => {
    const { cluster, sink, batch } = await start({ partitions: 4 }, { key: 'event_uid' })
    cluster.refuse('Produce', { code: 0, omit: true, partition: 2 })
    const outcomes = await write(sink, batch(40))
    const taken = auditEvents(40).filter((_, at) => outcomes[at]?.kind === 'delivered')
    expect(cluster.uids().toSorted()).toEqual(taken.map(({ uid }) => uid).toSorted())
    expect(outcomes.find((it) => it.kind !== 'delivered')).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('does not say'),
    })
  })

  test.each([87, 32])(
    'code %i names records: these are rejected, the others are sent again at once',
    async (code) => {
      const { cluster, sink, batch } = await start()
      const events = auditEvents(9)
      for (const at of [2, 7]) cluster.refuseRecord(events[at]?.uid ?? '', code, 'too old')
      const outcomes = await write(sink, batch(9))
      const retry = { kind: 'retry', afterMs: 0, reason: expect.stringContaining('another of its records') }
      expect(outcomes).toEqual(
        events.map((_, at) =>
          at === 2 || at === 7
            ? { kind: 'rejected', reason: expect.stringMatching(/: too old$/), answer: 'too old' }
            : retry,
        ),
      )
      const { rejected, delivered } = await deliver(sink, batch(9))
      expect(rejected).toEqual([events[2]?.uid, events[7]?.uid])
      expect(cluster.uids()).toEqual(delivered)
    },
  )

  test('a compacted topic without keys pauses, and rejects nothing', async () => {
    const { cluster, sink, batch } = await start({}, { key: 'none' })
    for (const { uid } of auditEvents(3))
      cluster.refuseRecord(
        uid,
        87,
        'Compacted topic cannot accept message without key in topic partition x-0.',
      )
    const outcomes = await write(sink, batch(3))
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['pause']))
    expect(outcomes[0]).toMatchObject({ reason: expect.stringContaining('set `key`') })
  })
})

describe('an answer that contradicts itself delivers nothing', () => {
  const nameOf = (code: number) => (protocolErrorsCodesById as Record<number, string>)[code]
  test.each([
    ['a record error beside success', { errorCode: 0, recordErrors: [{ batchIndex: 1 }] }, 'retry'],
    ['an index outside of the batch', { errorCode: 87, recordErrors: [{ batchIndex: 3 }] }, 'split'],
    ['a negative index', { errorCode: 87, recordErrors: [{ batchIndex: -1 }] }, 'split'],
  ])('%s', (_, answer, kind) => {
    const outcomes = outcomesOfPartition({ index: 0, ...answer }, 3, nameOf)
    expect(outcomes.map((it) => it.kind)).toEqual([kind, kind, kind])
  })
})

describe('the producer is created anew', () => {
  const idsOf = ({ requests }: KafkaCluster) => requests.filter((it) => it === 'InitProducerId').length

  test('if the brokers have forgotten it: the same batch arrives once, and so do those after it', async () => {
    const { cluster, sink, batch } = await start({ partitions: 3 })
    for (let round = 0; round < 4; round++) {
      expect(new Set((await write(sink, batch(10, round * 10))).map(({ kind }) => kind))).toEqual(
        new Set(['delivered']),
      )
      cluster.forgetProducers()
    }
    expect(cluster.uids()).toEqual(auditEvents(40).map(({ uid }) => uid))
    expect(idsOf(cluster)).toBe(4)
  })

  test.each([45, 46, 47, 48, 49, 59, 67, 90])('after code %i for good, deliveries go on', async (code) => {
    const { cluster, sink, batch } = await start()
    await write(sink, batch(5))
    cluster.refuse('Produce', { code }, 2)
    await deliver(sink, batch(5, 5))
    await deliver(sink, batch(5, 10))
    expect(cluster.uids()).toEqual(auditEvents(15).map(({ uid }) => uid))
    expect(idsOf(cluster)).toBeGreaterThan(1)
  })

  test('if the sink was paused: a fix may only be visible on a new connection', async () => {
    const { cluster, sink, batch } = await start()
    cluster.refuse('Produce', { code: 29 })
    await deliver(sink, batch(4))
    expect(cluster.requests.filter((it) => it === 'Metadata')).toHaveLength(2)
    expect(cluster.uids()).toHaveLength(4)
  })

  test('but not after a refusal that the records caused', async () => {
    const { cluster, sink, batch } = await start()
    await write(sink, batch(4))
    cluster.refuse('Produce', { code: 10 })
    await deliver(sink, batch(4, 4))
    expect(cluster.uids()).toHaveLength(8)
    expect(cluster.open()).toBe(1)
    expect(cluster.requests.filter((it) => it === 'Metadata')).toHaveLength(1)
  })
})
