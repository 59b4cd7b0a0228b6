/** A backfill for some sinks: each gets what it lacks of the range, and no other sink gets anything. */
import { describe, expect, it } from 'vitest'
import { coveredAfter } from '../../src/spool/backfill-state.ts'
import { freshCursor } from '../../src/spool/lane-state.ts'
import { deadLetter } from '../conformance/store-samples.ts'
import { all, openLane, scriptedSink } from './lane-rig.ts'
import { NOW, openPollRig } from './poll-rig.ts'
import { sinkConfig } from './sample-config.ts'

const DAY = 86_400
const FROM = NOW - 30 * DAY
const PAGES = { pageSize: 10, inclusive: false, tokens: false }

/**
 * Forty events, one a second from `FROM` on, before the source's start; and twenty of the last hour, which `soc` has.
 */
async function world(late: Parameters<typeof sinkConfig>[0] = {}) {
  const sinks = { soc: sinkConfig(), late: sinkConfig({ id: 'late', ...late }) }
  const rig = await openPollRig({ start: { kind: 'ago', ms: 3_600_000 } }, PAGES, sinks)
  for (let at = 0; at < 40; at++) rig.happen(`old ${at}`, 30 * DAY - at)
  for (let at = 0; at < 20; at++) rig.happen(`recent ${at}`, 600 - at)
  const open = async (id: 'soc' | 'late') => {
    const sink = scriptedSink()
    const lane = await openLane(rig.store, sink, sinks[id], rig.pipeline())
    const deliver = async () => {
      lane.lane.wakeForLetters()
      await lane.deliver()
      return sink.taken.splice(0)
    }
    return { sink, deliver, stop: lane.stop }
  }
  const soc = await open('soc')
  await rig.poll()
  const backfill = (from = FROM, to = NOW) => rig.backfill(from, to, 2, ['late'])
  const told = () => rig.poller().state().backfill
  return { rig, open, soc, backfill, told }
}

describe('a sink that was added later', () => {
  it('gets its history by a backfill for it, once; nobody else and no log gets anything', async () => {
    const { rig, open, soc, backfill, told } = await world()
    expect(await soc.deliver()).toHaveLength(20)
    const late = await open('late')
    const before = rig.poller().state()
    await backfill()
    expect(told()).toMatchObject({
      polled: 60,
      spooled: 60,
      sinks: { late: { queued: 60, filtered: 0, failed: 0 } },
    })
    const taken = await late.deliver()
    expect(taken).toHaveLength(60)
    expect(new Set(taken).size).toBe(60)
    expect(await soc.deliver()).toEqual([])
    expect(await rig.spooled()).toHaveLength(20)
    const { spooled, checkpoint, late: lateEvents } = before
    expect(rig.poller().state()).toMatchObject({ spooled, checkpoint, late: lateEvents })
    const lane = await rig.store.loadLane('late')
    expect(lane?.cursors.acme).toMatchObject({ delivered: 0, filtered: 0, deadLettered: 0, replayed: 60 })

    await backfill()
    expect(told()).toMatchObject({ polled: 60, spooled: 0, sinks: { late: { queued: 0 } } })
    await backfill(FROM - DAY, NOW)
    expect(told()).toMatchObject({ polled: 60, spooled: 0 })
    expect(await late.deliver()).toEqual([])
  })

  it('gets the rest of the minute in which it was added, and not what it has of it', async () => {
    const { rig, open, backfill, told } = await world()
    rig.world.clock = NOW + 30
    for (let age = 1; age <= 20; age++) rig.happen(`first ${age}`, age)
    await rig.poll()
    const late = await open('late')
    rig.world.clock = NOW + 58
    for (let age = 1; age <= 20; age++) rig.happen(`then ${age}`, age)
    await rig.poll()
    const had = await late.deliver()
    expect(had).toHaveLength(20)
    await backfill(NOW, NOW + 58)
    expect(told()).toMatchObject({ polled: 40, spooled: 20 })
    const more = await late.deliver()
    expect(new Set([...had, ...more]).size).toBe(40)
  })

  it('gets nothing that waits in its lane, that it refused, or that its `where` keeps back', async () => {
    const waits = await world({ start: 'beginning' })
    const state = { cursors: { acme: freshCursor(0) } }
    await waits.rig.store.settle([{ sink: 'late', state, ledger: [], deadLettered: [], redelivered: [] }])
    await waits.backfill(NOW - 3_600)
    expect(waits.told()).toMatchObject({ polled: 20, spooled: 0 })

    const refuses = await world({ start: 'beginning' })
    const late = await refuses.open('late')
    late.sink.always(all({ kind: 'rejected', reason: 'HTTP 422' }))
    await late.deliver()
    await refuses.backfill(NOW - 3_600)
    expect(refuses.told()).toMatchObject({ polled: 20, spooled: 0 })

    const filters = await world({ where: 'description != "old 7"' })
    await filters.open('late')
    await filters.backfill()
    expect(filters.told()?.sinks).toEqual({ late: { queued: 59, filtered: 1, failed: 0 } })
  })

  it('is not sent what no poll has read yet: the log brings it', async () => {
    const { rig, open, backfill, told } = await world()
    const late = await open('late')
    rig.world.clock = NOW + 120
    rig.happen('new', 60)
    await backfill(NOW, NOW + 120)
    expect(told()).toMatchObject({ polled: 1, spooled: 0 })
    await rig.poll()
    expect(await late.deliver()).toHaveLength(1)
  })
})

describe('a backfill for some sinks', () => {
  it('goes on where it was, however often it is killed', async () => {
    const { rig, open, told } = await world()
    for (let at = 0; at < 400; at++) rig.happen(`dense ${at}`, 30 * DAY - 3_600 - at)
    let late = await open('late')
    const taken: string[] = []
    for (let kills = 0; kills < 60 && told()?.endedAt === undefined; kills++) {
      rig.log.failAfter = 9
      rig.log.fault = 'configuration'
      await rig.backfill(FROM, NOW, 2, ['late']).catch(() => undefined)
      taken.push(...(await late.deliver()))
      await late.stop()
      await rig.restart()
      late = await open('late')
    }
    expect(told()).toMatchObject({ polled: 460, spooled: 460 })
    taken.push(...(await late.deliver()))
    expect(new Set(taken).size).toBe(460)
    expect(taken).toHaveLength(460)
  })

  it('counts without queueing', async () => {
    const { rig, open } = await world()
    await open('late')
    const signal = new AbortController().signal
    rig.desk().beginDry({ from: FROM, to: NOW, parallel: 2, sinks: ['late'] }, signal)
    await expect.poll(() => rig.desk().isCounting()).toBe(false)
    expect(rig.desk().counted()).toMatchObject([
      { dryRun: true, events: 60, new: 60, sinks: { late: { queued: 60 } }, failure: '' },
    ])
    expect(await rig.store.countDeadLetters('late', 'replay')).toBe(0)
  })

  it('counts each event of parts that are read at the same time', async () => {
    const { rig, open } = await world()
    for (let day = 1; day < 30; day++) rig.happen(`of day ${day}`, day * DAY)
    await open('late')
    const signal = new AbortController().signal
    rig.desk().beginDry({ from: FROM, to: NOW, parallel: 8, sinks: ['late'] }, signal)
    await expect.poll(() => rig.desk().isCounting()).toBe(false)
    expect(rig.desk().counted()).toMatchObject([{ events: 89, new: 89, sinks: { late: { queued: 89 } } }])
  })

  it('waits while much waits for a sink, and polls go on', async () => {
    const { rig, open, backfill, told } = await world()
    await open('late')
    const waiting = Array.from({ length: 10_000 }, (_, at) =>
      deadLetter(`r${at}`, { sink: 'late', source: 'acme', state: 'replay' }),
    )
    await rig.store.queueReplays(waiting)
    await expect(backfill()).rejects.toThrow('10000 events wait for late')
    expect(told()).toMatchObject({ polled: 0 })
    rig.world.clock += 300
    rig.happen('live', 1)
    await rig.poll()
    expect(await rig.spooled()).toContain('live')
    await rig.store.dropDeadLetters({ sink: 'late', state: 'replay' })
    await backfill()
    expect(told()).toMatchObject({ spooled: 60, endedAt: (NOW + 300) * 1_000 })
  })

  it('is cancelled: what it has read counts as brought, the rest is brought by the next', async () => {
    const { rig, open, backfill, told } = await world()
    for (let at = 0; at < 400; at++) rig.happen(`dense ${at}`, 30 * DAY - 3_600 - at)
    const late = await open('late')
    // While it waits for its next try.
    rig.log.failAfter = 20
    const walking = rig.backfill(FROM, NOW, 1, ['late'])
    while ((told()?.spooled ?? 0) < 50) await new Promise((resolve) => setImmediate(resolve))
    await rig.desk().cancel()
    await walking
    const early = await late.deliver()
    expect(told()).toMatchObject({ cancelled: true, spooled: early.length })
    expect(early.length).toBeLessThan(460)
    await backfill(FROM - DAY)
    const rest = await late.deliver()
    expect(new Set([...early, ...rest]).size).toBe(460)
    expect(early.length + rest.length).toBe(460)
  })

  it('is another than one of the same range for others', async () => {
    const { rig } = await world()
    await rig.desk().begin({ from: FROM, to: NOW, parallel: 1, sinks: ['late'] })
    const all = rig.desk().begin({ from: FROM, to: NOW, parallel: 1 })
    await expect(all).rejects.toThrow(/end it with --cancel: .* --to \S+ --sink late$/)
    await rig.desk().begin({ from: FROM, to: NOW, parallel: 1, sinks: ['late', 'late'] })
  })
})

describe('what a sink was brought', () => {
  const part = (from: number, to: number, position = from) => ({ from, to, position })
  const ended = {
    from: 90,
    to: 600,
    parallel: 1,
    polled: 0,
    spooled: 0,
    unreadable: 0,
    unclear: 0,
    startedAt: 0,
  }
  const share = { queued: 1, filtered: 0, failed: 0 }

  it('is what was read of the range, merged', () => {
    const parts = [part(300, 600), part(60, 300, 180)]
    const after = coveredAfter(
      {
        late: [
          [0, 60],
          [500, 700],
        ],
      },
      { ...ended, parts, gaps: 0, sinks: { late: share } },
    )
    expect(after).toEqual({
      late: [
        [0, 60],
        [180, 700],
      ],
    })
  })

  it('is nothing where a second was not proven, or a rule failed', () => {
    const parts = [part(60, 600)]
    expect(coveredAfter({}, { ...ended, parts, gaps: 1, sinks: { late: share } })).toEqual({})
    const sinks = { late: { ...share, failed: 1 }, other: share }
    expect(coveredAfter({}, { ...ended, parts, gaps: 0, sinks })).toEqual({ other: [[90, 600]] })
  })
})
