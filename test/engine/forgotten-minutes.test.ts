/** Old minutes whose uids the ledger has forgotten: what count and digest still show. */
import { hash } from 'node:crypto'
import { expect, it } from 'vitest'
import { addDigest, digestBytes, digestFrom } from '../../src/ledger/digest.ts'
import { newOfWholeMinutes } from '../../src/ledger/forgotten-minutes.ts'
import { minutesOf } from '../../src/ledger/minutes.ts'
import type { LedgerMinute } from '../../src/spool/store.ts'

const MINUTE = 29_000_000
const START = MINUTE * 60
const ALL = { from: START, to: START + 60 }
const events = Array.from({ length: 12 }, (_, at) => ({
  uid: hash('sha256', `${at}`),
  timestamp: START + 5 * at,
}))

/** The events that are new if the ledger knows those of `known` only by count and digest. */
async function tell(known: number[], shown = events, wanted = ALL) {
  const [minute] = minutesOf(known.map((at) => events[at] as (typeof events)[0]))
  const ledger = async (): Promise<LedgerMinute[]> =>
    minute === undefined ? [] : [{ ...minute, uids: undefined }]
  const told = await newOfWholeMinutes({ ledger }, 'acme', shown, wanted)
  return { ...told, fresh: told.fresh.map((event) => events.indexOf(event)), minute }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

it.each([
  ['all of it', range(0, 12), []],
  ['none of it', [], range(0, 12)],
  ['its end, where `start` was', range(7, 12), range(0, 7)],
  ['its beginning', range(0, 4), range(4, 12)],
  ['a stretch within', range(3, 9), [0, 1, 2, 9, 10, 11]],
  ['all but one', range(0, 12).filter((at) => at !== 6), [6]],
  ['all but a stretch', [0, 1, 2, 8, 9, 10, 11], [3, 4, 5, 6, 7]],
])('knows %s', async (_, known, fresh) => {
  expect(await tell(known)).toMatchObject({ fresh, unclear: [] })
})

it('takes only what is wanted of a minute', async () => {
  const wanted = { from: START + 10, to: START + 40 }
  expect(await tell([], events, wanted)).toMatchObject({ fresh: range(2, 8), unclear: [] })
  expect(await tell(range(4, 12), events, wanted)).toMatchObject({ fresh: [2, 3], unclear: [] })
})

it('takes all of a minute that it cannot tell, and sets the ledger right', async () => {
  const { fresh, unclear, ledger, minute } = await tell([0, 3, 5, 9])
  expect({ fresh, unclear }).toEqual({ fresh: range(0, 12), unclear: [MINUTE] })
  const digest = digestFrom(minute?.digest ?? new Uint8Array(16))
  addDigest(digest, digestFrom(ledger[0]?.digest ?? new Uint8Array(16)))
  const [right] = minutesOf(events)
  expect(ledger[0]?.count).toBe(8)
  expect(digestBytes(digest)).toEqual(new Uint8Array(right?.digest ?? []))
})

it('takes nothing of a minute of which the source shows no more than was spooled', async () => {
  expect(await tell(range(0, 12), events.slice(0, 11))).toMatchObject({
    fresh: [],
    ledger: [],
    unclear: [MINUTE],
  })
  const [unknown] = minutesOf([{ uid: hash('sha256', 'known to the ledger alone'), timestamp: START }])
  const ledger = async () => (unknown === undefined ? [] : [{ ...unknown, uids: undefined }])
  const asMany = await newOfWholeMinutes({ ledger }, 'acme', events.slice(0, 1), ALL)
  expect(asMany).toEqual({ fresh: [], ledger: [], unclear: [MINUTE] })
})

it('reads of the ledger what lies near the events, not all that lies between them', async () => {
  const asked: [number, number][] = []
  const ledger = async (_: string, from: number, to: number): Promise<LedgerMinute[]> => {
    asked.push([from, to])
    return []
  }
  const at = (minute: number) => ({ uid: hash('sha256', `${minute}`), timestamp: minute * 60 })
  await newOfWholeMinutes({ ledger }, 'acme', [5, 9, 40, 5_000, 90_000].map(at), { from: 0, to: 1e9 })
  expect(asked).toEqual([
    [5, 40],
    [5_000, 5_000],
    [90_000, 90_000],
  ])
})
