/**
 * Old windows are read again once they reach a certain age: everything late is found, nothing is read or spooled twice.
 */
import { describe, expect, it } from 'vitest'
import {
  dueWindows,
  nextWindow,
  oldestToRetrospect,
  retrospectedAfter,
} from '../../src/poll/retrospection.ts'
import { freshSource, type SourceState } from '../../src/spool/source-state.ts'
import { NOW, openPollRig, type PollRig } from './poll-rig.ts'
import { sourceConfig } from './sample-config.ts'

const HOUR = 3_600
const DAY = 24 * HOUR
const hours = (count: number) => count * HOUR * 1_000

describe('a window', () => {
  const state = (retrospected: Record<string, number>, checkpoint = NOW): SourceState => ({
    ...freshSource,
    start: NOW - 30 * DAY,
    checkpoint,
    retrospected,
  })

  it.each([
    ['the horizon, when that is short', hours(1), HOUR],
    ['six hours, when that is long', hours(24), 6 * HOUR],
  ])('is due when it has grown to %s', (_, ms, step) => {
    const horizon = ms / 1_000
    expect(dueWindows(state({ [ms]: NOW - horizon - step + 1 }), [ms])).toEqual([])
    expect(dueWindows(state({ [ms]: NOW - horizon - step }), [ms])).toEqual([
      { horizonMs: ms, from: NOW - horizon - step, to: NOW - horizon },
    ])
  })

  it('is due for each horizon on its own', () => {
    const read = { [hours(1)]: NOW - 2 * HOUR, [hours(24)]: NOW - 30 * HOUR }
    expect(dueWindows(state(read), [hours(1), hours(24)]).map((it) => it.horizonMs)).toEqual([
      hours(1),
      hours(24),
    ])
    expect(dueWindows(state(read), [hours(24)])).toHaveLength(1)
  })

  it('is never due before the first walk has ended', () => {
    expect(dueWindows(freshSource, [hours(1)])).toEqual([])
    expect(dueWindows({ ...freshSource, start: 0 }, [hours(1)])).toEqual([])
  })

  it('does not hold what the first walk read long after it happened', () => {
    const fresh = { ...freshSource, start: NOW - DAY }
    const first = retrospectedAfter(fresh, NOW, [hours(1), hours(48)])
    expect(first).toEqual({ [hours(1)]: NOW - HOUR, [hours(48)]: NOW - DAY })
    expect(dueWindows(state(first), [hours(1), hours(48)])).toEqual([])
  })

  it('of a horizon that is added later begins at the checkpoint; one that was taken out is forgotten', () => {
    const known = state({ [hours(1)]: 7, [hours(2)]: 8 })
    expect(retrospectedAfter(known, NOW + 300, [hours(1), hours(48)])).toEqual({
      [hours(1)]: 7,
      [hours(48)]: NOW,
    })
  })
})

describe('the next window', () => {
  const broken = { horizonMs: hours(1), from: NOW - 4 * HOUR, to: NOW - 2 * HOUR, position: NOW - 3 * HOUR }
  const state = (retrospected: Record<string, number>): SourceState => ({
    ...freshSource,
    start: 0,
    checkpoint: NOW,
    retrospected,
    retrospecting: broken,
  })

  it('is the one that gave way to a poll, from where it was', () => {
    expect(nextWindow(state({ [hours(1)]: broken.from }), [hours(1)])).toEqual(broken)
  })

  it('is another one where its horizon is no longer configured', () => {
    const read = { [hours(1)]: broken.from, [hours(24)]: NOW - 24 * HOUR }
    expect(nextWindow(state(read), [hours(24)])).toBeUndefined()
  })

  it('begins anew where its horizon has come further by now', () => {
    const from = broken.from + HOUR
    const anew = { horizonMs: hours(1), from, to: NOW - HOUR, position: Infinity }
    expect(nextWindow(state({ [hours(1)]: from }), [hours(1)])).toEqual(anew)
  })
})

it('keeps the ledger for the horizon that lies furthest back, and for none that has not begun', () => {
  const state = { ...freshSource, retrospected: { [hours(1)]: NOW - HOUR, [hours(24)]: NOW - DAY } }
  expect(oldestToRetrospect(state, [hours(1), hours(24), hours(48)])).toBe(NOW - DAY)
  expect(oldestToRetrospect(state, [hours(48)])).toBe(Infinity)
})

/** Polls every five minutes. */
async function live(rig: PollRig, seconds: number): Promise<number> {
  let windows = 0
  for (const until = rig.world.clock + seconds; rig.world.clock < until; ) {
    rig.world.clock += 300
    await rig.poll()
    while (await rig.retrospect()) windows++
  }
  return windows
}

describe('reading again', () => {
  it('finds what came too late for the overlap', async () => {
    const rig = await openPollRig({ retrospectMs: [hours(1)] })
    await rig.poll()
    await live(rig, 2 * HOUR)
    rig.happen('early', 3_000)
    rig.happen('late', 2_000)
    await live(rig, 2 * HOUR)
    expect((await rig.spooled()).sort()).toEqual(['early', 'late'])
    expect(rig.poller().state()).toMatchObject({ late: 2, spooled: 2 })
    // How far the checkpoint had passed the event when it was found: never less than it was really late.
    expect(rig.lateness).toHaveLength(2)
    for (const seconds of rig.lateness) expect(seconds).toBeGreaterThan(2_000)
    expect(Math.max(...rig.lateness)).toBeLessThan(2 * HOUR + 600)
  })

  it('takes each window once, and asks little', async () => {
    const rig = await openPollRig({ retrospectMs: [hours(1)] })
    rig.happen('a', 60)
    await rig.poll()
    const requests = rig.asked.length
    expect(await live(rig, 10 * HOUR)).toBe(10)
    expect(rig.poller().state().retrospected).toEqual({ [hours(1)]: NOW + 9 * HOUR })
    await rig.restart()
    expect(await live(rig, 300)).toBe(0)
    // 121 polls and 10 windows, a few of which need a second request for the log's end.
    expect(rig.asked.length - requests).toBeLessThan(160)
    expect(await rig.spooled()).toEqual(['a'])
  })

  it('reads a window again as a whole when it failed', async () => {
    const rig = await rigWithLateWindow()
    const before = rig.poller().state().retrospected
    rig.log.failAfter = 3
    await expect(rig.retrospect()).rejects.toThrow('HTTP 503')
    expect(rig.poller().state().retrospected).toEqual(before)
    expect(await rig.retrospect()).toBe(true)
    expect((await rig.spooled()).length).toBe(50)
    expect(await rig.retrospect()).toBe(false)
  })

  it('gives way to the next poll page by page, and goes on from there, also after a restart', async () => {
    const rig = await rigWithLateWindow()
    const before = rig.poller().state().retrospected
    const due = rig.world.clock * 1_000
    const asked = rig.asked.length
    expect(await rig.retrospect(due)).toBe(true)
    expect(rig.asked.length - asked).toBe(1)
    expect(rig.poller().state().retrospected).toEqual(before)
    await rig.poll()
    await rig.restart()
    let steps = 0
    while (await rig.retrospect(due)) steps++
    expect(steps).toBeGreaterThan(3)
    expect((await rig.spooled()).length).toBe(50)
    // Each page shows again the second in which the one before ended.
    expect(rig.asked.length - asked).toBeLessThan(12)
    expect(rig.poller().state()).not.toHaveProperty('retrospecting')
  })

  it('leaves half of the request budget to the next poll', async () => {
    const rig = await openPollRig({ retrospectMs: [hours(1)] })
    await rig.poll()
    rig.world.clock += 2 * HOUR
    await rig.poll()
    rig.budget.resume((rig.world.clock + 30) * 1_000 + 40)
    const startedAt = performance.now()
    await rig.retrospect()
    expect(performance.now() - startedAt).toBeGreaterThan(30)
  })

  it('does not move the checkpoint', async () => {
    const rig = await openPollRig({ retrospectMs: [hours(1)] })
    await rig.poll()
    rig.world.clock += 2 * HOUR
    await rig.poll()
    const { checkpoint } = rig.poller().state()
    rig.world.clock += 300
    await rig.retrospect()
    expect(rig.poller().state().checkpoint).toBe(checkpoint)
  })
})

describe('what the ledger has forgotten', () => {
  const prune = (rig: PollRig, retrospectMs: number[]) =>
    rig.pipeline().prune(sourceConfig({ retrospectMs }), rig.poller().state())

  it.each([10, 450])('is never read again after %d days out: what a window needs is kept', async (days) => {
    const rig = await openPollRig({ retrospectMs: [hours(1)] })
    await rig.poll()
    rig.happen('a', -60)
    await live(rig, 600)
    rig.world.clock += days * DAY
    await rig.poll()
    await prune(rig, [hours(1)])
    while (await rig.retrospect());
    expect(await rig.spooled()).toEqual(['a'])
  })

  it('is not read again for a horizon that is added later', async () => {
    const rig = await openPollRig({ start: { kind: 'ago', ms: hours(24 * 10) }, retrospectMs: [hours(1)] })
    rig.happen('a', 5 * DAY)
    await rig.poll()
    await prune(rig, [hours(1)])
    await rig.restart({ retrospectMs: [hours(1), hours(24)] })
    await live(rig, 3 * HOUR)
    rig.happen('late', 2.5 * HOUR)
    await live(rig, HOUR)
    expect(await rig.spooled()).toEqual(['a'])
    await live(rig, 30 * HOUR)
    expect(await rig.spooled()).toEqual(['a', 'late'])
  })

  it('is not read again for a horizon that was taken out for a while', async () => {
    const rig = await openPollRig({ retrospectMs: [hours(1)] })
    rig.happen('a', -60)
    await rig.poll()
    await live(rig, 600)
    await rig.restart({ retrospectMs: [] })
    await live(rig, HOUR)
    rig.world.clock += 10 * DAY
    await live(rig, 300)
    await prune(rig, [])
    await rig.restart({ retrospectMs: [hours(1)] })
    await live(rig, 300)
    expect(await rig.spooled()).toEqual(['a'])
  })

  it('is what lies behind every horizon by a day', async () => {
    const rig = await openPollRig({ start: { kind: 'ago', ms: hours(24 * 500) } })
    const ages = [401 * DAY, 2 * DAY, DAY / 2]
    for (const age of ages) rig.happen(`${age}`, age)
    await rig.poll()
    await prune(rig, [])
    const kept = await rig.store.ledger('acme', 0, NOW)
    expect(kept.map(({ count, uids }) => [count, uids?.length])).toEqual([
      [1, undefined],
      [1, 8],
    ])
  })
})

/** Fifty late events, on pages of ten, in the window of an hour that is due. */
async function rigWithLateWindow(): Promise<PollRig> {
  const rig = await openPollRig(
    { retrospectMs: [hours(1)] },
    { pageSize: 10, inclusive: false, tokens: false },
  )
  await rig.poll()
  rig.world.clock += 2 * HOUR
  await rig.poll()
  for (let age = 0; age < 50; age++) rig.happen(`${age}`, HOUR + 60 + age)
  return rig
}
