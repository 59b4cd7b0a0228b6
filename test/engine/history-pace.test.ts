/**
 * A backfill beside a slow sink: live events of the same source wait behind a few batches of it, not behind all of it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import type { Lane } from '../../src/deliver/lane.ts'
import { createHistoryPace } from '../../src/history-pace.ts'
import { delivered, every } from '../../src/outcome.ts'
import { freshCursor } from '../../src/spool/lane-state.ts'
import { createRoom, SpoolFull } from '../../src/spool/room.ts'
import { all, openLane, scriptedSink, waitFor } from './lane-rig.ts'
import { NOW, openPollRig } from './poll-rig.ts'
import { sinkConfig } from './sample-config.ts'

const DAY = 86_400
const FROM = NOW - 30 * DAY
const BATCH = 20
const PAGE = 10
const LANE = {
  start: 'beginning',
  inFlight: 1,
  retry: { maxBackoffMs: 3_600_000 },
  batch: { maxEvents: BATCH, maxBytes: 1e9, maxAgeMs: 0 },
} as const

describe('a backfill of much behind a sink that takes 10 ms a batch', () => {
  async function underWay() {
    const rig = await openPollRig({}, { pageSize: PAGE, inclusive: false, tokens: false })
    await rig.poll()
    for (let at = 0; at < 600; at++) rig.happen(`old ${at}`, 30 * DAY - at)
    const sink = scriptedSink()
    sink.always(async ({ events }) => {
      await sleep(10)
      return every(events.length, delivered)
    })
    const pipeline = rig.pipeline()
    pipeline.keepFor(sinkConfig(LANE))
    const { lane } = await openLane(rig.store, sink, LANE, pipeline)
    void lane.run()
    const walking = rig.backfill(FROM, FROM + DAY, 8)
    await waitFor(() => sink.taken.length > 2 * BATCH)
    return { rig, sink, pipeline, walking }
  }

  it('lets live events through within a few batches, all along', async () => {
    const { rig, sink, pipeline, walking } = await underWay()
    const waited: number[] = []
    for (let live = 0; live < 3; live++) {
      const before = sink.taken.length
      rig.happen(`live ${live}`, -1)
      rig.world.clock += 2
      await rig.poll()
      const offset = pipeline.log('acme').end
      await waitFor(() => sink.taken.length >= offset)
      waited.push(offset - before)
    }
    expect(rig.poller().state().backfill?.endedAt).toBeUndefined()
    // One batch being written and one taken up, plus what may wait, plus a page that came on top.
    expect(Math.max(...waited)).toBeLessThanOrEqual(3 * BATCH + 2 * PAGE)
    await waitFor(() => rig.desk().waitsFor().startsWith('soc to take up'))
    await walking
    expect(rig.desk().waitsFor()).toBe('')
    await waitFor(() => sink.taken.length === 603)
    expect(new Set(sink.taken).size).toBe(603)
  })

  it('does not wait for the sink when it is down', async () => {
    const { rig, sink, walking } = await underWay()
    sink.always(all({ kind: 'pause', reason: 'HTTP 401' }))
    await walking
    expect(rig.poller().state().backfill?.endedAt).toBeDefined()
    expect(sink.taken.length).toBeLessThan(600)
  })
})

describe('the pace', () => {
  const { signal } = new AbortController()

  function paceOf(sink: Partial<SinkConfig>, { limit = 1_000 } = {}) {
    const world = { now: 0, next: 0, end: 0 }
    const said: string[] = []
    const say = (waitsFor: string) => {
      if (said.at(-1) !== waitsFor) said.push(waitsFor)
    }
    const room = createRoom(limit, () => world.now)
    const config = sinkConfig({ ...LANE, ...sink })
    const pace = createHistoryPace({
      store: { loadLane: async () => ({ cursors: { acme: freshCursor(world.next) } }) },
      room,
      now: () => world.now,
      takers: new Map([[config.id, config]]),
      lanes: new Set<Lane>(),
      logEnd: () => world.end,
    })
    return { world, room, said, pace: () => pace('acme', signal, say) }
  }

  it('allows what a lane of another process takes up next', async () => {
    const { world, pace } = paceOf({ inFlight: 2 })
    world.end = 25
    expect(await pace()).toBe(2 * BATCH - 25)
    world.end = 40
    const waiting = pace()
    world.next = 15
    expect(await waiting).toBe(15)
  })

  it('does not wait for one that has not moved for a minute, until it moves again', async () => {
    const { world, pace } = paceOf({})
    world.end = 100
    const waiting = pace()
    await sleep(30)
    world.now = 60_000
    expect(await waiting).toBe(BATCH)
    world.next = 1
    let came = false
    const again = pace().then(() => {
      came = true
    })
    await sleep(60)
    expect(came).toBe(false)
    world.next = 100
    await again
  })

  it.each([
    { where: 'severity >= 3' },
    { sample: [{ where: 'true', keep: 1, of: 10 }] },
    { dedupeWindowMs: 60_000 },
  ])('knows that rules look far ahead for the events of a batch: %j', async (rules) => {
    const { world, pace } = paceOf(rules)
    world.end = 20_000
    expect(await pace()).toBe(BATCH)
  })

  it('asks nothing of sinks that take from other sources', async () => {
    const { world, pace } = paceOf({ sources: ['other'] })
    world.end = 100
    expect(await pace()).toBe(Number.POSITIVE_INFINITY)
  })

  it('says whom it waits for, until it does not any more', async () => {
    const { world, said, pace } = paceOf({})
    world.end = 100
    const waiting = pace()
    await waitFor(() => said.length > 0)
    expect(said).toEqual(['soc to take up what was read before'])
    world.next = 100
    await waiting
    expect(said.at(-1)).toBe('')
  })

  it('leaves half of the spool to what is live', async () => {
    const { world, room, said, pace } = paceOf({})
    room.set('acme', 500)
    await room.wait(signal)
    const full = pace().catch((error: unknown) => error)
    world.now = 5_000
    expect(await full).toBeInstanceOf(SpoolFull)
    expect(`${await full}`).toContain('50 % of the spool (state.max_spool) are full')
    expect(said).toEqual([expect.stringContaining('half of the spool (state.max_spool)')])
    room.set('acme', 499)
    expect(await pace()).toBe(BATCH)
  })
})
