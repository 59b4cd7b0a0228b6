/** Some of the brokers are out, change places, or the sink itself is closed amid a write. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { deliver, write } from '../../../test/conformance/deliver.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { startKafkaCluster } from '../../../test/emulators/kafka/cluster.ts'
import type { ClusterOptions } from '../../../test/emulators/kafka/state.ts'
import { listen } from '../../../test/loopback.ts'
import { definition } from './index.ts'

const disposal: (() => unknown)[] = []
afterEach(async () => {
  for (const end of disposal.splice(0).reverse()) await end()
})

async function start(options: ClusterOptions = {}, own: Readonly<Record<string, unknown>> = {}) {
  const cluster = await startKafkaCluster(options)
  const { bootstrap: brokers, topic } = cluster
  const { sink, format } = openSink(definition, { brokers, topic, encryption: 'none', ...own })
  disposal.push(
    () => cluster.stop(),
    () => sink.close(),
  )
  return { cluster, sink, batch: (count: number, from = 0) => batchOf(auditEvents(count, from), format) }
}

/** Takes what it is sent, and says nothing. */
async function startMute() {
  let isAsked = false
  const take = () => {
    isAsked = true
  }
  const server = createServer((socket) => void socket.on('error', () => undefined).on('data', take))
  const port = await listen(server)
  disposal.push(() => server.close())
  return { broker: `127.0.0.1:${port}`, isAsked: () => isAsked }
}

test('one of two brokers is silent: what the other accepted is delivered, and not sent again', async () => {
  const { cluster, sink, batch } = await start(
    { brokers: 2, partitions: 4 },
    { key: 'event_uid', timeout: '5s' },
  )
  await write(sink, batch(40, 1000))
  cluster.kept.splice(0)
  cluster.fail('hang')
  const outcomes = await write(sink, batch(40))
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['delivered', 'retry']))
  const taken = auditEvents(40).filter((_, at) => outcomes[at]?.kind === 'delivered')
  expect(cluster.uids().toSorted()).toEqual(taken.map(({ uid }) => uid).toSorted())
})

test('the first broker of the list is silent: another one is asked next time', async () => {
  const mute = await startMute()
  const { cluster } = await start()
  const options = {
    brokers: [mute.broker, ...cluster.bootstrap],
    topic: cluster.topic,
    encryption: 'none',
  }
  const { sink, format } = openSink(definition, options)
  disposal.push(() => sink.close())
  const batch = batchOf(auditEvents(2), format)
  disposal.push(() => vi.useRealTimers())
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const writing = write(sink, batch)
  while (!mute.isAsked()) await nextTurn()
  await vi.advanceTimersByTimeAsync(30_000)
  expect((await writing)[0]?.kind).toBe('retry')
  vi.useRealTimers()
  expect((await write(sink, batch))[0]).toEqual({ kind: 'delivered' })
})

test('two batches at once, and the first is refused: the second is accepted, and only once', async () => {
  const { cluster, sink, batch } = await start()
  await write(sink, batch(1))
  cluster.refuse('Produce', { code: 19 })
  const outcomes = await Promise.all([write(sink, batch(5, 10)), write(sink, batch(5, 20))])
  expect(outcomes.map(([it]) => it?.kind)).toEqual(['retry', 'delivered'])
  expect(cluster.uids()).toEqual(
    auditEvents(25)
      .map(({ uid }) => uid)
      .filter((_, at) => at === 0 || at >= 20),
  )
})

test('aborting a batch that waits for its turn costs the connection nothing', async () => {
  const { cluster, sink, batch } = await start()
  const aborted = new AbortController()
  const held = write(sink, batch(1))
  const waiting = write(sink, batch(1, 1), aborted.signal)
  aborted.abort()
  expect((await held)[0]?.kind).toBe('delivered')
  expect((await waiting)[0]?.kind).toBe('retry')
  await write(sink, batch(1, 2))
  expect(cluster.requests.filter((it) => it === 'InitProducerId')).toHaveLength(1)
})

test('a batch whose turn comes too late says so', async () => {
  const { cluster, sink, batch } = await start({}, { timeout: '1s' })
  cluster.fail('hang', 2)
  const [, second] = await Promise.all([write(sink, batch(1)), write(sink, batch(1, 1))])
  expect(second?.[0]).toEqual({ kind: 'retry', reason: 'no answer within 1s (`timeout`)' })
})

test('closed during a write: the write fails, what waits is not sent, and nothing stays open', async () => {
  const { cluster, sink, batch } = await start()
  cluster.fail('hang')
  const held = write(sink, batch(1))
  const waiting = write(sink, batch(1, 1))
  await expect.poll(() => cluster.requests.includes('InitProducerId')).toBe(true)
  await sink.close()
  expect((await held)[0]?.kind).toBe('retry')
  expect((await waiting)[0]?.kind).toBe('retry')
  await expect.poll(() => cluster.open()).toBe(0)
  expect(cluster.uids()).toEqual([])
})

test('a broker may wait for its replicas for less time than we wait for it', async () => {
  const { cluster, sink, batch } = await start({}, { timeout: '10s' })
  await write(sink, batch(1))
  expect(cluster.replicasMs()).toBe(6_000)
})

test('leaders change places: what is refused is sent again with new metadata, in order', async () => {
  const { cluster, sink, batch } = await start({ brokers: 3, partitions: 3 })
  for (let round = 0; round < 4; round++) {
    await deliver(sink, batch(10, round * 10))
    cluster.moveLeaders()
  }
  expect(cluster.uids()).toEqual(auditEvents(40).map(({ uid }) => uid))
})

test.each([
  ['grow', 7],
  ['remake', 2],
  ['remake', 4],
  ['remake', 7],
] as const)(
  '%s a topic, to %i partitions: nothing is lost, and the new ones are used',
  async (how, count) => {
    let now = Date.now()
    vi.spyOn(Date, 'now').mockImplementation(() => now)
    disposal.push(() => vi.restoreAllMocks())
    const { cluster, sink, batch } = await start({ partitions: 4 }, { key: 'event_uid' })
    await deliver(sink, batch(40))
    cluster[how](count)
    await deliver(sink, batch(40, 40))
    now += 61_000
    await deliver(sink, batch(40, 80))
    const uids = auditEvents(120).map(({ uid }) => uid)
    expect(new Set(cluster.uids())).toEqual(new Set(uids))
    const last = new Set(uids.slice(80))
    const places = cluster.kept.filter(({ headers }) => last.has(headers.get('event_uid') ?? ''))
    expect(places).toHaveLength(40)
    expect(new Set(places.map(({ partition }) => partition)).size).toBe(count)
  },
)

test('a refused login leaves no socket, even if the broker never closes its side', async () => {
  const login = { username: 'dana', password: 'right', token: '' }
  const { cluster } = await start({ login })
  const port = Number(cluster.bootstrap[0]?.split(':')[1])
  const relay = createServer({ allowHalfOpen: true }, (socket) => {
    const broker = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    for (const it of [socket, broker]) it.on('error', () => undefined)
    disposal.push(() => [socket, broker].map((it) => it.destroy()))
    socket.pipe(broker, { end: false }).pipe(socket, { end: false })
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  disposal.push(() => relay.close())
  const own = (relay.address() as AddressInfo).port
  const sockets = new Set<Socket>()
  const see = (message: unknown) => {
    const { socket } = message as { socket: Socket }
    socket.once('connect', () => void (socket.remotePort === own && sockets.add(socket)))
  }
  subscribe('net.client.socket', see)
  disposal.push(() => unsubscribe('net.client.socket', see))
  const sasl = { mechanism: 'plain', username: 'dana', password: 'wrong' }
  const options = { brokers: [`127.0.0.1:${own}`], topic: cluster.topic, encryption: 'none', sasl }
  const { sink, format } = openSink(definition, options)
  expect((await write(sink, batchOf(auditEvents(1), format)))[0]?.kind).toBe('pause')
  await expect.poll(() => [...sockets].map(({ destroyed }) => destroyed)).toEqual([true])
  await sink.close()
})
