/** A backfill beside everything else: what it counts, what it refuses, and where it continues. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { sourceStatus } from '../../src/ops/assess.ts'
import { backfillStatus } from '../../src/ops/backfill-status.ts'
import { knownMinutes, planBackfill, splitLargest } from '../../src/poll/backfill-parts.ts'
import { readByBackfills } from '../../src/spool/backfill-state.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import { NOW, openPollRig } from './poll-rig.ts'
import { answer } from './reader-script.ts'
import { sourceConfig } from './sample-config.ts'

const DAY = 86_400
const FROM = NOW - 30 * DAY
const PAGES = { pageSize: 10, inclusive: false, tokens: false }

/** Two events a second for `seconds`, from `FROM` on. */
async function denseRig(seconds: number) {
  const rig = await openPollRig({ start: { kind: 'ago', ms: 3_600_000 } }, PAGES)
  await rig.poll()
  for (let at = 0; at < 2 * seconds; at++) rig.happen(`event ${at}`, 30 * DAY - Math.floor(at / 2))
  return rig
}

describe('a plan', () => {
  it('tiles the range in whole minutes, whatever its edges', () => {
    const { parts } = planBackfill({ from: FROM + 7, to: FROM + DAY + 8, parallel: 8 }, 0)
    expect(parts).toHaveLength(16)
    expect(parts[0]?.to).toBe(FROM + DAY + 60)
    expect(parts.at(-1)?.from).toBe(FROM)
    const edges = parts.flatMap(({ from, to }) => [from, to])
    expect(edges.filter((edge) => edge % 60 !== 0)).toEqual([])
    for (const [at, { to }] of parts.entries()) if (at > 0) expect(parts[at - 1]?.from).toBe(to)
  })

  it('is told with a position inside the range, though its parts are of whole minutes', () => {
    const planned = planBackfill({ from: FROM + 7, to: FROM + DAY + 8, parallel: 1 }, 0)
    const positionAt = (position: number) => {
      const parts = planned.parts.map((part) => ({ ...part, position }))
      return Date.parse(backfillStatus('acme', { ...planned, parts }).position) / 1_000
    }
    expect(positionAt(planned.parts[0]?.to ?? 0)).toBe(FROM + DAY + 8)
    expect(positionAt(FROM + 60)).toBe(FROM + 60)
    expect([positionAt(FROM + 5), positionAt(FROM)]).toEqual([FROM + 7, FROM + 7])
  })

  it('counts as read what lies inside the range, though its parts are of whole minutes', () => {
    const backfill = planBackfill({ from: FROM + 7, to: FROM + DAY + 8, parallel: 1 }, 0)
    const parts = backfill.parts.map((part) => ({ ...part, position: part.from }))
    expect(readByBackfills({ backfill: { ...backfill, parts } })).toEqual([[FROM + 7, FROM + DAY + 8]])
  })

  it('is one part for a short range, and for one walk', () => {
    expect(planBackfill({ from: FROM, to: FROM + 1, parallel: 8 }, 0).parts).toHaveLength(1)
    expect(planBackfill({ from: FROM, to: NOW, parallel: 1 }, 0).parts).toHaveLength(1)
  })
})

it('names the request budget when polls leave it nothing of that, dry too', async () => {
  const rig = await denseRig(30)
  const wanted = 'the request budget (requests_per_minute: 1000000000)'
  const useUp = () => rig.budget.resume(rig.world.clock * 1_000 + 60_000)
  useUp()
  const walked = rig.backfill(FROM, FROM + 60)
  await expect.poll(() => rig.desk().waitsFor()).toBe(wanted)
  rig.world.clock += 60
  await walked
  expect(rig.desk().waitsFor()).toBe('')

  useUp()
  rig.desk().beginDry({ from: FROM, to: FROM + 60, parallel: 1 }, new AbortController().signal)
  await expect.poll(() => rig.desk().counted()[0]?.waitsFor).toBe(wanted)
  rig.world.clock += 60
  await expect.poll(() => rig.desk().counted()[0]).toMatchObject({ events: 60, waitsFor: '' })
})

describe('a plan of a range that the ledger knows', () => {
  /** An hour with 6,000 events, in a day with no others. */
  const busy = FROM / 60 + 600
  const known = Array.from({ length: 60 }, (_, at) => ({ minute: busy + at, count: 100 }))
  const day = { from: FROM, to: FROM + DAY, parallel: 8 }

  it('has short parts where it is dense, and long ones where it is not', () => {
    const { parts } = planBackfill(day, 0, known)
    expect(parts).toHaveLength(16)
    for (const [at, { to }] of parts.entries()) if (at > 0) expect(parts[at - 1]?.from).toBe(to)
    const within = parts.filter(({ from, to }) => from >= busy * 60 && to <= (busy + 60) * 60)
    expect(within.length).toBeGreaterThanOrEqual(7)
    expect(Math.max(...parts.map(({ from, to }) => to - from))).toBeLessThanOrEqual(DAY / 8 + 60)
  })

  it('has fewer parts where one minute holds almost everything', () => {
    const { parts } = planBackfill(day, 0, [{ minute: busy, count: 1e6 }])
    expect(parts.length).toBeGreaterThanOrEqual(8)
    expect(Math.min(...parts.map(({ from, to }) => to - from))).toBeGreaterThanOrEqual(60)
    expect([parts[0]?.to, parts.at(-1)?.from]).toEqual([FROM + DAY, FROM])
  })

  it('asks the ledger for whole minutes of the range, day by day', async () => {
    const asked: [number, number][] = []
    const ledger = async (_: string, from: number, to: number) => {
      asked.push([from, to])
      return [{ minute: from, count: 1, digest: new Uint8Array(16), uids: undefined }]
    }
    const first = FROM / 60
    expect(await knownMinutes({ ledger }, 'acme', { from: FROM + 5, to: FROM + DAY + 61 })).toEqual([
      { minute: first, count: 1 },
      { minute: first + 1_440, count: 1 },
    ])
    expect(asked).toEqual([
      [first, first + 1_439],
      [first + 1_440, first + 1_441],
    ])
  })

  it('is made for a second backfill, from what the first brought', async () => {
    const rig = await denseRig(600)
    await rig.backfill(FROM, FROM + DAY, 8)
    await rig.desk().begin({ from: FROM, to: FROM + DAY - 60, parallel: 8 })
    const parts = rig.poller().state().backfill?.parts ?? []
    // All events are in the first ten minutes.
    expect(parts.filter(({ to }) => to <= FROM + 600).length).toBeGreaterThanOrEqual(5)
    await rig.backfill(FROM, FROM + DAY - 60, 8)
    expect(rig.poller().state().backfill).toMatchObject({ polled: 1_200, spooled: 0, endedAt: NOW * 1000 })
  })
})

describe('an idle walk', () => {
  it('takes the older half of what most is left of, in whole minutes', () => {
    const plan = planBackfill({ from: FROM, to: FROM + DAY, parallel: 1 }, 0)
    const halved = splitLargest({ ...plan, parts: [{ from: FROM, to: FROM + DAY, position: FROM + 8_000 }] })
    expect(halved?.parts).toEqual([
      { from: FROM + 3_960, to: FROM + DAY, position: FROM + 8_000 },
      { from: FROM, to: FROM + 3_960, position: FROM + 3_960 },
    ])
  })

  it('takes nothing of what is soon done', () => {
    const plan = planBackfill({ from: FROM, to: FROM + DAY, parallel: 1 }, 0)
    const parts = [{ from: FROM, to: FROM + DAY, position: FROM + 330 }]
    expect(splitLargest({ ...plan, parts })).toBeUndefined()
  })

  it('takes nothing where there are hundreds of parts already', () => {
    const plan = planBackfill({ from: FROM, to: FROM + DAY, parallel: 1 }, 0)
    const part = { from: FROM, to: FROM + DAY, position: FROM + DAY }
    expect(splitLargest({ ...plan, parts: Array(255).fill(part) })?.parts).toHaveLength(256)
    expect(splitLargest({ ...plan, parts: Array(256).fill(part) })).toBeUndefined()
  })

  it('helps where the range is dense, and each event comes once', async () => {
    const rig = await denseRig(3_000)
    await rig.backfill(FROM, FROM + DAY, 8)
    expect(rig.poller().state().backfill?.parts.length).toBeGreaterThan(16)
    const spooled = await rig.spooled()
    expect(spooled).toHaveLength(6_000)
    expect(new Set(spooled).size).toBe(6_000)
  })
})

describe('a backfill', () => {
  it('reaches behind `start`, moves no checkpoint, and calls nothing late', async () => {
    const rig = await denseRig(20)
    const before = rig.poller().state()
    await rig.backfill(FROM, FROM + DAY, 8)
    expect(await rig.spooled()).toHaveLength(40)
    const after = rig.poller().state()
    expect(after).toMatchObject({ late: 0, spooled: 40, checkpoint: before.checkpoint, start: before.start })
    expect(after.backfill).toMatchObject({ polled: 40, spooled: 40, endedAt: NOW * 1000 })
  })

  it('adds nothing a second time, though pages end within minutes and the uids are forgotten', async () => {
    const rig = await denseRig(150)
    await rig.backfill(FROM + 10, FROM + 100)
    expect(await rig.spooled()).toHaveLength(180)
    await rig.store.pruneLedger('acme', NOW, 0)
    await rig.backfill(FROM + 10, FROM + 100)
    expect(rig.poller().state().backfill).toMatchObject({ polled: 180, spooled: 0, unclear: 0 })
    await rig.backfill(FROM, FROM + DAY)
    expect(rig.poller().state().backfill).toMatchObject({ polled: 300, spooled: 120, unclear: 0 })
    expect(new Set(await rig.spooled()).size).toBe(300)
  })

  it('goes on where it was, however often it is killed', async () => {
    const rig = await denseRig(300)
    let requests = 0
    for (let kill = 0; kill < 40; kill++) {
      rig.log.failAfter = 17
      rig.log.fault = 'configuration'
      await rig.backfill(FROM, FROM + DAY, 2).catch(() => undefined)
      await rig.restart()
      if (rig.poller().state().backfill?.endedAt !== undefined) break
      requests = rig.asked.length
    }
    rig.log.failAfter = Number.POSITIVE_INFINITY
    if (rig.poller().state().backfill?.endedAt === undefined) await rig.backfill(FROM, FROM + DAY, 2)
    expect(requests).toBeGreaterThan(17)
    const spooled = await rig.spooled()
    expect(spooled).toHaveLength(600)
    expect(new Set(spooled).size).toBe(600)
  })

  it('refuses another range while one is not at its end, and takes it afterwards', async () => {
    const rig = await denseRig(20)
    await rig.desk().begin({ from: FROM, to: FROM + DAY, parallel: 1 })
    await expect(rig.desk().begin({ from: FROM, to: NOW, parallel: 1 })).rejects.toThrow(
      /--source acme --from \S+ --to \S+$/,
    )
    await rig.backfill(FROM, FROM + DAY)
    await rig.backfill(FROM, NOW)
    expect(rig.poller().state().backfill).toMatchObject({ from: FROM, to: NOW, polled: 40, spooled: 0 })
  })

  it('leaves in the state what it has read into the log, also when it was cancelled, and when others follow', async () => {
    const rig = await denseRig(300)
    const walking = rig.backfill(FROM, FROM + DAY, 1)
    while ((rig.poller().state().backfill?.spooled ?? 0) < 20) await setImmediate()
    await rig.desk().cancel()
    await walking
    const [part] = rig.poller().state().backfill?.parts ?? []
    const done = [part?.position, FROM + DAY]
    expect(readByBackfills(rig.poller().state())).toEqual([done])
    await rig.backfill(FROM, FROM + 3_600, 1)
    expect(rig.poller().state().read).toEqual([done])
    const both = [[FROM, FROM + DAY]]
    expect(readByBackfills(rig.poller().state())).toEqual(both)
    await rig.backfill(FROM, NOW, 1)
    expect(rig.poller().state().read).toEqual(both)
    const { backfill, read = [] } = rig.poller().state()
    // Events that go only to some sinks are not in the log.
    expect(readByBackfills({ read, ...(backfill && { backfill: { ...backfill, sinks: {} } }) })).toEqual(both)
  })

  it('is cancelled while it walks: what is spooled stays, and the next one brings the rest', async () => {
    const rig = await denseRig(300)
    const walking = rig.backfill(FROM, FROM + DAY, 2)
    while ((rig.poller().state().backfill?.spooled ?? 0) < 20) await setImmediate()
    await rig.desk().cancel()
    await walking
    const { backfill } = rig.poller().state()
    expect(backfill).toMatchObject({ cancelled: true, endedAt: NOW * 1000 })
    const early = await rig.spooled()
    expect(early.length).toBe(backfill?.spooled)
    expect(early.length).toBeLessThan(600)
    await rig.backfill(FROM, NOW, 2)
    expect(new Set(await rig.spooled()).size).toBe(600)
    expect(await rig.spooled()).toHaveLength(600)
    expect(rig.poller().state().backfill).not.toHaveProperty('cancelled')
  })

  it('tries a passing failure of one part again on the spot', async () => {
    const rig = await denseRig(20)
    rig.log.failAfter = 2
    await rig.backfill(FROM, FROM + DAY, 2)
    expect(await rig.spooled()).toHaveLength(40)
  })

  it('does not end where the source shows nothing for a while', async () => {
    const rig = await denseRig(300)
    const { read } = rig.log
    let asked = 0
    rig.log.read = (request, serverTime) => {
      const isLost = request.before <= FROM + 120 && asked++ < 3
      return isLost ? answer([]) : read(request, serverTime)
    }
    await rig.backfill(FROM, FROM + 300)
    expect(asked).toBeGreaterThan(3)
    expect(new Set(await rig.spooled()).size).toBe(600)
  })

  it('counts without storing anything', async () => {
    const rig = await denseRig(20)
    await rig.backfill(FROM, FROM + 5)
    const before = await rig.store.loadSource('acme')
    rig.desk().beginDry({ from: FROM, to: FROM + DAY, parallel: 8 }, new AbortController().signal)
    await expect.poll(() => rig.desk().isCounting()).toBe(false)
    expect(rig.desk().counted()).toMatchObject([{ dryRun: true, events: 40, new: 30, share: 1, failure: '' }])
    expect(await rig.store.loadSource('acme')).toEqual(before)
    expect(await rig.spooled()).toHaveLength(10)
  })

  it('keeps the ledger from forgetting uids meanwhile', async () => {
    const rig = await denseRig(20)
    await rig.backfill(FROM, FROM + DAY)
    const uids = async () => (await rig.store.ledger('acme', 0, NOW)).filter((it) => it.uids !== undefined)
    const ended = rig.poller().state()
    await rig.desk().begin({ from: FROM, to: NOW, parallel: 1 })
    await rig.pipeline().prune(sourceConfig(), rig.poller().state())
    expect(await uids()).not.toEqual([])
    await rig.pipeline().prune(sourceConfig(), ended)
    expect(await uids()).toEqual([])
  })

  it('polls go on beside it', async () => {
    const rig = await denseRig(300)
    const walking = rig.backfill(FROM, FROM + DAY, 8)
    rig.world.clock += 300
    rig.happen('live', 10)
    await rig.poll()
    expect(rig.poller().state().checkpoint).toBe(NOW + 300)
    expect(rig.poller().state().backfill?.endedAt).toBeUndefined()
    await walking
    expect(await rig.spooled()).toHaveLength(601)
    expect(rig.poller().state().requests).toBe(rig.asked.length)
  })
})

it('is shown as a walk while no poll has one', () => {
  const backfill = planBackfill({ from: FROM, to: FROM + DAY, parallel: 1 }, 0)
  const show = (state: object) =>
    sourceStatus(
      {
        config: sourceConfig(),
        state: { ...freshSource, ...state },
        quarantined: 0,
        health: { state: 'ok', reason: '' },
      },
      NOW * 1000,
    ).walk
  expect(show({ backfill })).toEqual({ purpose: 'backfill', position: FROM + DAY, end: FROM })
  expect(show({ backfill: { ...backfill, endedAt: 1 } })).toBeNull()
})
