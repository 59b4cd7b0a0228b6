/** A day is complete when every event of it is accounted for at every sink, and no second of it is in doubt. */
import { expect, it, onTestFinished } from 'vitest'
import { UnknownIdError } from '../../src/errors.ts'
import { ledgerDays } from '../../src/ledger-days.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { freshSource } from '../../src/spool/store.ts'
import { append, minute, settlement, sinkMinute } from '../conformance/store-samples.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { tempFolder } from './temp-folder.ts'

const DAY = 1_440
const DAY_S = 86_400

function open() {
  const folder = tempFolder()
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close())
  const sinks = [
    sinkConfig(),
    sinkConfig({ id: 'lake' }),
    sinkConfig({ id: 'off', enabled: false }),
    sinkConfig({ id: 'stranger', sources: ['lab'] }),
  ]
  const config = wholeConfig(folder, [sourceConfig(), sourceConfig({ id: 'lab' })], sinks)
  return {
    store,
    days: (from: number, to: number, source = 'acme') => ledgerDays(config, store, { source, from, to }),
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
      complete: true,
    },
    { day: '1970-01-11', events: 4, gaps: 2, sinks: { soc: whole, lake: whole }, complete: false },
    {
      day: '1970-01-12',
      events: 5,
      gaps: 0,
      sinks: {
        soc: { ...none, delivered: 4, complete: false },
        lake: { ...none, filtered: 5, complete: true },
      },
      complete: false,
    },
    {
      day: '1970-01-13',
      events: 0,
      gaps: 1,
      sinks: { soc: { ...none, complete: true }, lake: { ...none, complete: true } },
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

it('knows only sources of the configuration', async () => {
  await expect(open().days(0, 1, 'acmee')).rejects.toThrow(
    new UnknownIdError('there is no source acmee; there are acme, lab (did you mean acme?)'),
  )
})
