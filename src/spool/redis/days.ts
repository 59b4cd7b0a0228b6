/** Days of the ledgers in Redis: one short script per day, so that a year of minutes keeps no other client waiting. */
import { DAY_MINUTES } from '../ledger-day.ts'
import type { Store } from '../store.ts'
import type { Script } from './commands.ts'
import type { SourceKeys } from './keys.ts'

const AT_ONCE = 50

export function createDays(
  sum: Script,
  keys: (source: string) => SourceKeys,
): Pick<Store, 'ledgerDays' | 'sinkLedgerDays'> {
  /** Each day in [from, to] that holds something, with its sums. */
  const days = async (names: readonly string[], from: number, to: number) => {
    const found: { day: number; sums: number[] }[] = []
    for (let first = from; first <= to; first += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, to - first + 1) }, (_, at) => first + at)
      const answers = await Promise.all(
        some.map((day) => sum(names, [day * DAY_MINUTES, (day + 1) * DAY_MINUTES - 1])),
      )
      some.forEach((day, at) => {
        const sums = (answers[at] as string[]).map(Number)
        if (sums.length > 0) found.push({ day, sums })
      })
    }
    return found
  }
  return {
    async ledgerDays(source, from, to) {
      const { ledger, minutes } = keys(source)
      return (await days([ledger, minutes], from, to)).map(({ day, sums: [events = 0] }) => ({ day, events }))
    },
    async sinkLedgerDays(sink, source, from, to) {
      const { ledger, minutes } = keys(source).sink(sink)
      const found = await days([ledger, minutes], from, to)
      return found.map(({ day, sums: [delivered = 0, filtered = 0, deadLettered = 0] }) => ({
        ...{ day, delivered, filtered, deadLettered },
      }))
    },
  }
}
