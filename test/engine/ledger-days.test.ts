/** A day is complete if every event of it is accounted for at every sink, and none of its seconds is in doubt. */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import { ledgerDays } from '../../src/engine/ledger-days.ts'
import { UnknownIdError } from '../../src/errors.ts'
import type { BackfillState } from '../../src/spool/backfill-state.ts'
import { freshSource, type SourceState } from '../../src/spool/source-state.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { append, minute, settlement, sinkMinute } from '../conformance/store-samples.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { tempFolder } from './temp-folder.ts'

const DAY = 1_440
const DAY_S = 86_400

const SINKS = [
  sinkConfig(),
  sinkConfig({ id: 'lake' }),
  sinkConfig({ id: 'off', enabled: false }),
  sinkConfig({ id: 'stranger', sources: ['lab'] }),
]

function open(sinks: SinkConfig[] = SINKS) {
  const folder = tempFolder()
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close())
  const config = wholeConfig(folder, [sourceConfig(), sourceConfig({ id: 'lab' })], sinks)
  return {
    store,
    view: (from: number, to: number, now: number) =>
      ledgerDays(config, store, { source: 'acme', from, to }, now),
    days: async (from: number, to: number, source = 'acme', now = 400 * DAY_S) =>
      (await ledgerDays(config, store, { source, from, to }, now)).days,
  }
}

it('adds up each day at each sink, and says which is complete', async () => {
  const { store, days } = open()
  const gaps = [10 * DAY_S, 10 * DAY_S + 7, 12 * DAY_S].map((second) => ({ second, reason: 'crowded' }))
  const ledger = [
    minute(9 * DAY, 3, 1n),
    minute(10 * DAY + 5, 2, 1n),
    minute(11 * DAY - 1, 2, 1n),
    minute(11 * DAY, 5, 1n),
  ]
  await store.append(append({ state: { ...freshSource, gaps }, ledger }))
  const settled = (sink: string, at: number, changes: object) =>
    settlement({ sink, ledger: [sinkMinute({ minute: at, ...changes })] })
  await store.settle([
    settled('soc', 9 * DAY, { delivered: 1, filtered: 1, deadLettered: 1 }),
    settled('lake', 9 * DAY + 1, { delivered: 3, replayed: 5 }),
  ])
  await store.settle([
    settled('soc', 10 * DAY, { delivered: 4 }),
    settled('lake', 10 * DAY, { delivered: 4 }),
  ])
  await store.settle([settled('soc', 11 * DAY, { delivered: 4 }), settled('lake', 11 * DAY, { filtered: 5 })])
  const none = { delivered: 0, filtered: 0, deadLettered: 0 }
  const whole = { ...none, delivered: 4, complete: true }
  expect(await days(0, 20 * DAY_S)).toEqual([
    {
      day: '1970-01-10',
      events: 3,
      gaps: 0,
      sinks: {
        soc: { delivered: 1, filtered: 1, deadLettered: 1, complete: true },
        lake: { ...none, delivered: 3, complete: true },
      },
      partlyRead: false,
      complete: true,
    },
    {
      day: '1970-01-11',
      events: 4,
      gaps: 2,
      sinks: { soc: whole, lake: whole },
      partlyRead: false,
      complete: false,
    },
    {
      day: '1970-01-12',
      events: 5,
      gaps: 0,
      sinks: {
        soc: { ...none, delivered: 4, complete: false },
        lake: { ...none, filtered: 5, complete: true },
      },
      partlyRead: false,
      complete: false,
    },
    {
      day: '1970-01-13',
      events: 0,
      gaps: 1,
      sinks: { soc: { ...none, complete: true }, lake: { ...none, complete: true } },
      partlyRead: false,
      complete: false,
    },
  ])
})

it('counts every day that the range touches as a whole', async () => {
  const { store, days } = open()
  await store.append(append({ ledger: [8, 9, 10, 11].map((day) => minute(day * DAY + 700, 1, 1n)) }))
  const named = async (from: number, to: number) => (await days(from, to)).map(({ day }) => day)
  expect(await named(9 * DAY_S + 80_000, 10 * DAY_S + 1)).toEqual(['1970-01-10', '1970-01-11'])
  expect(await named(9 * DAY_S, 10 * DAY_S)).toEqual(['1970-01-10'])
})

describe('a day that was not read as a whole', () => {
  const read = (from: number, position: number, to: number): BackfillState => ({
    ...{ from: from * DAY_S, to: to * DAY_S, parallel: 1, startedAt: 0 },
    ...{ polled: 0, spooled: 0, gaps: 0, unreadable: 0, unclear: 0 },
    parts: [{ from: from * DAY_S, to: to * DAY_S, position: position * DAY_S }],
  })
  /**
   * For each day from the first to the last, all of which have an event and no sink that takes it: whether only part of
   * it was read.
   */
  const partly = async (state: Partial<SourceState>, [first, last]: [number, number], now?: number) => {
    const { store, days } = open([])
    const count = last - first + 1
    const ledger = Array.from({ length: count }, (_, at) => minute((first + at) * DAY + 1_300, 1, 1n))
    await store.append(append({ state: { ...freshSource, ...state }, ledger }))
    const shown = await days(first * DAY_S, (last + 1) * DAY_S, 'acme', now && now * DAY_S)
    expect(shown.map(({ complete }) => complete)).toEqual(shown.map(({ partlyRead }) => !partlyRead))
    return shown.map(({ partlyRead }) => partlyRead)
  }

  it('is told of a backfill under way, ended before its time, or of a part of the day', async () => {
    const live = { start: 30 * DAY_S, checkpoint: 40 * DAY_S }
    const underWay = read(10, 12.5, 14)
    expect(await partly({ ...live, backfill: underWay }, [12, 13])).toEqual([true, false])
    const cancelled = { ...underWay, endedAt: 1, cancelled: true as const }
    expect(await partly({ ...live, backfill: cancelled }, [12, 13])).toEqual([true, false])
    const part = read(10.25, 10.25, 12)
    expect(await partly({ ...live, backfill: { ...part, endedAt: 1 } }, [10, 11])).toEqual([true, false])
    const rest = [[10 * DAY_S, 10.25 * DAY_S]] as const
    expect(await partly({ ...live, read: rest, backfill: part }, [10, 11])).toEqual([false, false])
  })

  it('is not told of the day of the start, until a backfill has read a part of what lies before', async () => {
    const live = { start: 30.5 * DAY_S, checkpoint: 32 * DAY_S }
    expect(await partly(live, [30, 31])).toEqual([false, false])
    expect(await partly({ ...live, backfill: read(30.25, 30.25, 30.5) }, [30, 31])).toEqual([true, false])
    expect(await partly({ ...live, backfill: read(29, 29, 30.5) }, [29, 31])).toEqual([false, false, false])
  })

  it('is told of what a long walk has not come to yet', async () => {
    const walk = { position: 34.5 * DAY_S, end: 32.5 * DAY_S, checkpoint: 36.1 * DAY_S, startedAt: 0 }
    const state = { start: 30 * DAY_S, checkpoint: 32.5 * DAY_S, walk }
    expect(await partly(state, [31, 36], 36.2)).toEqual([false, true, false, true, false, false])
  })

  it('is not told of today, but of the day on which a source was read last', async () => {
    const state = { start: 30 * DAY_S, checkpoint: 32.5 * DAY_S }
    expect(await partly(state, [31, 32], 32.6)).toEqual([false, false])
    expect(await partly(state, [31, 32], 33.6)).toEqual([false, true])
  })

  it('is not told of what was read from another log, or is not known any more', async () => {
    expect(await partly({ start: 30 * DAY_S, checkpoint: 32 * DAY_S }, [28, 29])).toEqual([false, false])
  })
})

it('names the days without events that were not read, or in part only, and none that is still to come', async () => {
  const { store, view } = open()
  const walk = { position: 13.5 * DAY_S, end: 12.5 * DAY_S, checkpoint: 16.1 * DAY_S, startedAt: 0 }
  const state = { ...freshSource, start: 11 * DAY_S, checkpoint: 12.5 * DAY_S, walk }
  await store.append(append({ state, ledger: [minute(14 * DAY, 1, 1n)] }))
  const { days, unread } = await view(9 * DAY_S, 30 * DAY_S, 17.5 * DAY_S)
  expect(days.map(({ day }) => day)).toEqual(['1970-01-15'])
  expect(unread).toEqual([
    { day: '1970-01-10', partlyRead: false },
    { day: '1970-01-11', partlyRead: false },
    { day: '1970-01-13', partlyRead: true },
    { day: '1970-01-14', partlyRead: true },
    { day: '1970-01-17', partlyRead: true },
    { day: '1970-01-18', partlyRead: false },
  ])
})

it('knows only sources of the configuration', async () => {
  await expect(open().days(0, 1, 'acmee')).rejects.toThrow(
    new UnknownIdError('there is no source acmee; there are acme, lab (did you mean acme?)'),
  )
})
