/** The previous day is reconciled on schedule, and an incomplete one is reported clearly. */
import { expect, it, onTestFinished, vi } from 'vitest'
import type { LogFields, Logger } from '../../src/lib/logger.ts'
import { silentMetrics } from '../../src/ops/metrics.ts'
import type { ReconcileQuery, Reconciliation } from '../../src/reconcile/result.ts'
import { reconcileDayBefore } from '../../src/reconcile/scheduled.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import type { Published } from '../../src/spool/store.ts'
import { sampleReconciliation } from './sample-reconciliation.ts'

const DAY = 86_400
const MIDNIGHT = 1_795_392_000
const HOURS_24 = DAY * 1_000

function open(
  changes: Partial<Reconciliation> = {},
  checkpoint = MIDNIGHT + 100,
  told = new Map<string, Published>(),
  everyMs = HOURS_24,
  kept = new Map<string, string>(),
) {
  const asked: ReconcileQuery[] = []
  const said: { level: string; fields: LogFields }[] = []
  const holes: number[] = []
  const say =
    (level: string) =>
    (_: string, fields: LogFields = {}) =>
      void said.push({ level, fields })
  const logger: Logger = {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    child: () => logger,
  }
  const rig = {
    ...{ clock: (MIDNIGHT + 3_600) * 1_000, fails: false, checkpoint, asked, said, holes, turn },
    stopping: new AbortController(),
    whenAsked: async () => {},
  }
  const parts = {
    store: {
      publish: async (name: string, health: Published) => void told.set(name, health),
      published: async (name: string) => told.get(name),
      loadSource: async () => ({ ...freshSource, checkpoint: rig.checkpoint }),
      keep: async (key: string, text: string) => void kept.set(key, text),
      kept: async (key: string) => kept.get(key),
    },
    metrics: { ...silentMetrics, reconciled: (_: string, count: number) => void holes.push(count) },
    logger,
    now: () => rig.clock,
    source: 'acme',
    everyMs,
    async reconcile(query: ReconcileQuery) {
      if (rig.fails) throw new Error('HTTP 503')
      asked.push(query)
      await rig.whenAsked()
      return { ...sampleReconciliation(query), ...changes }
    },
  }
  function turn() {
    return reconcileDayBefore(parts, rig.stopping.signal)
  }
  return rig
}

it('asks for the whole day before, and again a day later', async () => {
  const rig = open()
  expect(await rig.turn()).toBe(HOURS_24)
  expect(rig.asked).toEqual([{ source: 'acme', from: MIDNIGHT - DAY, to: MIDNIGHT, repair: false }])
  rig.clock += 1_000
  expect(await rig.turn()).toBe(HOURS_24 - 1_000)
  expect(rig.asked).toHaveLength(1)
})

it('does not come later each day by the time that it takes', async () => {
  const rig = open()
  rig.whenAsked = async () => {
    rig.clock += 1_800_000
  }
  expect(await rig.turn()).toBe(HOURS_24 - 1_800_000)
  const slow = open()
  slow.whenAsked = async () => {
    slow.clock += 2 * HOURS_24
  }
  expect(await slow.turn()).toBe(0)
})

it('makes up for days that passed without one, also when the engine was down', async () => {
  const kept = new Map<string, string>()
  const rig = open({}, undefined, undefined, undefined, kept)
  await rig.turn()
  rig.clock += 3 * HOURS_24
  expect(await rig.turn()).toBe(60_000)
  rig.checkpoint += 3 * DAY
  await rig.turn()
  const later = open({}, MIDNIGHT + 5 * DAY, undefined, undefined, kept)
  later.clock += 5 * HOURS_24
  await later.turn()
  expect([...rig.asked, ...later.asked].map(({ from, to }) => [from - MIDNIGHT, to - MIDNIGHT])).toEqual([
    [-DAY, 0],
    [0, 3 * DAY],
    [3 * DAY, 5 * DAY],
  ])
})

it('tells of holes with the cure', async () => {
  const rig = open()
  await rig.turn()
  expect(rig.holes).toEqual([1])
  expect(rig.said).toMatchObject([{ level: 'error', fields: { holes: 1 } }])
  expect(rig.said[0]?.fields.cure).toContain(
    'npx auditferry reconcile --source acme --from 2026-11-22T00:00:00Z',
  )
})

it('tells of the holes that another process found, or this one before it was started again', async () => {
  const told = new Map<string, Published>()
  const other = open({}, undefined, told)
  await other.turn()
  const late = open({ complete: true, holes: [] }, undefined, told)
  expect(await late.turn()).toBe(HOURS_24)
  expect([late.asked, late.holes, late.said]).toEqual([[], [1], []])
})

it('does not wait for a time that a longer `every` set, or a clock that was ahead', async () => {
  const told = new Map<string, Published>()
  await open({}, undefined, told, 7 * HOURS_24).turn()
  const now = open({}, undefined, told)
  expect(await now.turn()).toBe(HOURS_24)
  expect(now.asked).toHaveLength(1)
  const ahead = open({}, undefined, told)
  ahead.clock -= 50_000
  expect(await ahead.turn()).toBe(HOURS_24 + 50_000)
  expect(ahead.asked).toEqual([])
})

it('looks again soon while another process reconciles', async () => {
  const told = new Map<string, Published>()
  const [first, second] = [open({}, undefined, told), open({}, undefined, told)]
  let during: number | undefined
  first.whenAsked = async () => {
    during = await second.turn()
  }
  await first.turn()
  expect([during, second.asked, second.holes]).toEqual([60_000, [], []])
})

it('is done by another process when the one that was at it is gone', async () => {
  const told = new Map<string, Published>()
  const [first, second] = [open({}, undefined, told), open({}, undefined, told)]
  first.whenAsked = () => Promise.reject(new Error('the engine stops'))
  first.stopping.abort()
  expect(await first.turn()).toBe(0)
  second.clock += 600_000
  expect(await second.turn()).toBe(HOURS_24)
  expect(second.asked).toEqual([{ source: 'acme', from: MIDNIGHT - DAY, to: MIDNIGHT, repair: false }])
})

it('is left to the process that is at it, however long that takes', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const told = new Map<string, Published>()
  const [first, second] = [open({}, undefined, told), open({}, undefined, told)]
  const waits: number[] = []
  first.whenAsked = async () => {
    for (let minutes = 0; minutes < 30; minutes++) {
      for (const rig of [first, second]) rig.clock += 60_000
      await vi.advanceTimersByTimeAsync(60_000)
      waits.push(await second.turn())
    }
  }
  await first.turn()
  expect([new Set(waits), second.asked]).toEqual([new Set([60_000]), []])
  expect([vi.getTimerCount(), told.get('reconcile acme')?.holes]).toEqual([0, 1])
})

it('is content with a complete day', async () => {
  const rig = open({ complete: true, holes: [] })
  await rig.turn()
  expect(rig).toMatchObject({ holes: [0], said: [{ level: 'info' }] })
})

it('waits until the day was read to its end', async () => {
  const rig = open({}, MIDNIGHT - 1)
  expect(await rig.turn()).toBe(60_000)
  expect(rig.asked).toEqual([])
})

it('tries again soon when the source cannot be read', async () => {
  const rig = open()
  rig.fails = true
  expect(await rig.turn()).toBe(60_000)
  rig.fails = false
  expect(await rig.turn()).toBe(HOURS_24)
  expect(rig.asked).toHaveLength(1)
})
