/** Counts what was appended, as the tables of tallies take it, so that charts need not. Pure. */
import { DAY, DAY_FIELDS, type Facets, HOUR, KEY_STEP } from './schema.ts'

/** Values in the order of the columns. */
export interface Tallied {
  /** Of `tallies`. */
  readonly hours: readonly (readonly number[])[]
  /** Of `day_tallies`. */
  readonly days: readonly (readonly number[])[]
}

interface Counted {
  readonly values: readonly number[]
  count: number
  failures: number
}

/** `failure`: the number of that outcome's text, if it occurs. */
export function tally(
  events: readonly { readonly key: number; readonly facets: Facets }[],
  failure: number | undefined,
): Tallied {
  const hours = new Map<string, Counted>()
  const days = new Map<string, Counted>()
  for (const { key, facets: it } of events) {
    const second = Math.floor(key / KEY_STEP)
    const failed = it.outcome === failure ? 1 : 0
    const of = [it.organization, it.source]
    const kind = [it.action, it.category, it.operation, it.outcome, it.severity]
    count(hours, [Math.floor(second / HOUR), ...of, ...kind], failed)
    const day = Math.floor(second / DAY)
    count(days, [DAY_FIELDS.all, day, ...of, 0], failed)
    count(days, [DAY_FIELDS.login, day, ...of, it.login], failed)
    if (it.address !== 0) count(days, [DAY_FIELDS.address, day, ...of, it.address], failed)
    if (it.stack !== 0) count(days, [DAY_FIELDS.stack, day, ...of, it.stack], failed)
  }
  return {
    hours: [...hours.values()].map((it) => [...it.values, it.count]),
    days: [...days.values()].map((it) => [...it.values, it.count, it.failures]),
  }
}

function count(into: Map<string, Counted>, values: readonly number[], failed: number): void {
  const name = values.join()
  const counted = into.get(name) ?? { values, count: 0, failures: 0 }
  if (counted.count === 0) into.set(name, counted)
  counted.count += 1
  counted.failures += failed
}
