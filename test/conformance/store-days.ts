/** The ledgers by day: what a year of minutes adds up to, without handing out the minutes. */
import { expect, it } from 'vitest'
import type { StoreUnderTest } from './store.ts'
import { append, digestOf, minute, SOURCE, settlement, sinkMinute } from './store-samples.ts'

const DAY = 1_440

export function describeDays(store: StoreUnderTest): void {
  it('adds up the minutes of each day, of one source', async () => {
    // A digest may contain any byte, including those of digits and spaces.
    const digest = BigInt(`0x${Buffer.from('1 2 3 4 5 6 7 8 ').toString('hex')}`)
    const minutes = [2 * DAY - 1, 2 * DAY, 3 * DAY - 1, 4 * DAY].map((at, i) => minute(at, i + 1, digest))
    await store.now().append(append({ ledger: minutes }))
    await store.now().append(append({ ledger: [minute(2 * DAY, 2 ** 33, 0n)] }))
    await store.now().append(append({ source: 'other', ledger: [minute(2 * DAY, 50, 1n)] }))
    await store.twice(async (now) => {
      const [first, second, fourth] = [
        { day: 1, events: 1 },
        { day: 2, events: 2 ** 33 + 5 },
        { day: 4, events: 4 },
      ]
      expect(await now.ledgerDays(SOURCE, 0, 400)).toEqual([first, second, fourth])
      expect(await now.ledgerDays(SOURCE, 2, 3)).toEqual([second])
      expect(await now.ledgerDays(SOURCE, 5, 9)).toEqual([])
      expect(await now.ledgerDays('nobody', 0, 400)).toEqual([])
    })
  })

  it('adds up what became of them at one sink', async () => {
    const ledger = [
      sinkMinute({ minute: DAY, delivered: 3, filtered: 1, deadLettered: 2, digest: digestOf(2n ** 127n) }),
      sinkMinute({ minute: 2 * DAY - 1, delivered: 4, replayed: 9 }),
      sinkMinute({ minute: 2 * DAY, filtered: 7 }),
      sinkMinute({ source: 'other', minute: DAY, delivered: 50 }),
    ]
    await store.now().settle([settlement({ ledger })])
    await store.now().settle([settlement({ ledger: [sinkMinute({ minute: DAY, deadLettered: -1 })] })])
    await store
      .now()
      .settle([settlement({ sink: 'lake', ledger: [sinkMinute({ minute: DAY, filtered: 6 })] })])
    await store.twice(async (now) => {
      const [first, second] = [
        { day: 1, delivered: 7, filtered: 1, deadLettered: 1 },
        { day: 2, delivered: 0, filtered: 7, deadLettered: 0 },
      ]
      expect(await now.sinkLedgerDays('soc', SOURCE, 0, 400)).toEqual([first, second])
      expect(await now.sinkLedgerDays('soc', SOURCE, 2, 2)).toEqual([second])
      expect(await now.sinkLedgerDays('nobody', SOURCE, 0, 400)).toEqual([])
    })
  })
}
