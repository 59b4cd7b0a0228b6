/** Trouble around a lane: its store, its log, another sink. No outcome is lost. */
import { describe, expect, it } from 'vitest'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'
import { silentMetrics } from '../../src/ops/metrics.ts'
import { delivered, every } from '../../src/outcome.ts'
import { createPipeline } from '../../src/pipeline.ts'
import { lowWaterOf } from '../../src/spool/low-water.ts'
import { createRoom } from '../../src/spool/room.ts'
import type { Store } from '../../src/spool/store.ts'
import { auditEvents } from '../conformance/batches.ts'
import { all, hang, openLane, openStore, scriptedSink, waitFor } from './lane-rig.ts'
import { spool } from './spooled-events.ts'

const events = auditEvents(30)
const uids = events.map(({ uid }) => uid)
const FROM_START = { start: 'beginning' } as const

describe('a store that refuses to settle', () => {
  it('loses no outcome, and has nothing written twice', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events)
    const { settle } = store
    let refusals = 0
    store.settle = async (settlements) => {
      const opens = settlements.every(({ ledger }) => ledger.length === 0)
      if (!opens && refusals++ < 2) throw new Error('database or disk is full')
      return settle(settlements)
    }
    const { deliver } = await openLane(store, sink, FROM_START)
    await deliver()
    expect(refusals).toBeGreaterThan(2)
    expect(sink.taken).toEqual(uids)
    expect((await store.loadLane('soc'))?.cursors.acme).toMatchObject({ delivered: 30, open: [] })
  })
})

describe('a log that cannot be read', () => {
  it('is named as the trouble, and taken up again once it can be', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events)
    const { readEntry } = store
    let failures = 0
    store.readEntry = async (source, offset) => {
      if (failures++ === 0) throw new Error('disk I/O error')
      return readEntry(source, offset)
    }
    const { lane, deliver } = await openLane(store, sink, FROM_START)
    const delivering = deliver()
    await waitFor(() => lane.trouble() !== undefined)
    expect(lane.trouble()).toBe('disk I/O error')
    await delivering
    expect(sink.taken).toEqual(uids)
    expect(lane.trouble()).toBeUndefined()
  })

  it('is logged once for a reason, however often it is tried', async () => {
    const [store, sink, logged] = [openStore(), scriptedSink(), [] as string[]]
    await spool(store, events)
    let tries = 0
    store.readEntry = async () => {
      tries++
      throw new Error(tries < 3 ? 'no key' : 'another key')
    }
    const error = (_: string, fields?: LogFields) => void logged.push(`${fields?.reason}`)
    const logger = { ...silentLogger, error }
    const { lane, deliver } = await openLane(store, sink, FROM_START, undefined, undefined, logger)
    void deliver()
    await waitFor(() => tries > 4)
    expect([logged, lane.trouble()]).toEqual([['no key', 'another key'], 'another key'])
  })

  it('is no news of a lane that was lost meanwhile: that is told by who took it, or by the connection', async () => {
    const [store, sink, logged] = [openStore(), scriptedSink(), [] as string[]]
    await spool(store, events)
    const error = (message: string) => void logged.push(message)
    const logger = { ...silentLogger, error }
    const { lane } = await openLane(store, sink, FROM_START, undefined, undefined, logger)
    store.readEntry = async () => {
      lane.abort()
      throw new Error('the connection to Redis was lost')
    }
    await lane.run()
    expect(logged).toEqual([])
  })

  it('because an entry is damaged delivers nothing wrong', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events)
    const { readEntry } = store
    store.readEntry = async (source, offset) => {
      const entry = await readEntry(source, offset)
      return entry && { ...entry, blob: entry.blob.map((byte, at) => (at === 60 ? byte ^ 1 : byte)) }
    }
    const { lane, deliver } = await openLane(store, sink, FROM_START)
    void deliver()
    await waitFor(() => lane.trouble() !== undefined)
    expect(lane.trouble()).toMatch(/entry at offset 0 is damaged/)
    expect([sink.writes, lane.isDrained()]).toEqual([[], false])
  })
})

describe('a sink that is dead', () => {
  it('delays no other', async () => {
    const [store, dead, alive] = [openStore(), scriptedSink(), scriptedSink()]
    await spool(store, events)
    dead.always(all({ kind: 'pause', reason: 'HTTP 401' }))
    const paused = await openLane(store, dead, {
      ...FROM_START,
      id: 'dead',
      retry: { maxBackoffMs: 3_600_000 },
    })
    void paused.deliver()
    await waitFor(() => paused.gate.trouble() !== undefined)
    await (await openLane(store, alive, { ...FROM_START, id: 'alive' })).deliver()
    expect(alive.taken).toEqual(uids)
    expect(dead.writes).toHaveLength(1)
    expect((await store.loadLane('dead'))?.cursors.acme).toMatchObject({ delivered: 0, deadLettered: 0 })
  })

  it('is probed at once by a new process, and goes on when it is well again', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events)
    sink.answers.push(all({ kind: 'pause', reason: 'HTTP 401' }))
    const retry = { maxBackoffMs: 3_600_000 }
    const paused = await openLane(store, sink, { ...FROM_START, retry })
    void paused.deliver()
    await waitFor(() => paused.gate.trouble() !== undefined)
    await paused.stop()
    await (await openLane(store, sink, { retry })).deliver()
    expect(sink.taken).toEqual(uids)
  })
})

describe('the log behind the lanes', () => {
  async function trimmable(store: Store) {
    const logs = new Map([['acme', await store.bounds('acme')]])
    const room = createRoom(Number.POSITIVE_INFINITY, Date.now)
    const quiet = { metrics: silentMetrics, logger: silentLogger }
    return { room, pipeline: createPipeline({ ...quiet, store, room, now: Date.now, logs }) }
  }

  it('is trimmed behind the slowest, by whole entries', async () => {
    const store = openStore()
    for (let at = 0; at < 30; at += 10) await spool(store, events.slice(at, at + 10))
    const { pipeline, room } = await trimmable(store)
    const fast = await openLane(store, scriptedSink(), { ...FROM_START, id: 'fast' }, pipeline)
    const slowSink = scriptedSink()
    slowSink.answers.push((batch) => every(batch.events.length, delivered), hang)
    const batch = { maxEvents: 15, maxBytes: 1e9, maxAgeMs: 0 }
    const slow = await openLane(store, slowSink, { ...FROM_START, id: 'slow', batch }, pipeline)
    await fast.deliver()
    void slow.deliver()
    await waitFor(() => slowSink.writes.length === 2)

    const settledBy = async (sink: string) => lowWaterOf(await store.loadLane(sink), 'acme')
    expect(await Promise.all(['fast', 'slow'].map(settledBy))).toEqual([30, 15])
    await pipeline.trim()
    expect(await store.bounds('acme')).toMatchObject({ start: 10, end: 30 })
    expect(room.bytes()).toBe((await store.bounds('acme')).bytes)
    expect(pipeline.log('acme').start).toBe(10)
  })

  it('is trimmed whole when no sink takes from it', async () => {
    const store = openStore()
    await spool(store, events)
    const { pipeline } = await trimmable(store)
    await pipeline.trim()
    expect(await store.bounds('acme')).toEqual({ start: 30, end: 30, bytes: 0 })
  })
})
