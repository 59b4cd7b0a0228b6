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
    const { organization: who, source, action, category, operation, outcome, severity } = it
    const hour = Math.floor(second / HOUR)
    // Names are put together by hand: every event takes this path five times.
    const name = `${hour},${who},${source},${action},${category},${operation},${outcome},${severity}`
    const counted = hours.get(name)
    if (counted === undefined) {
      const values = [hour, who, source, action, category, operation, outcome, severity]
      hours.set(name, { values, count: 1, failures: failed })
    } else counted.count += 1
    const day = Math.floor(second / DAY)
    const countDay = (field: number, value: number) => count(days, field, day, who, source, value, failed)
    countDay(DAY_FIELDS.all, 0)
    countDay(DAY_FIELDS.login, it.login)
    if (it.address !== 0) countDay(DAY_FIELDS.address, it.address)
    if (it.stack !== 0) countDay(DAY_FIELDS.stack, it.stack)
  }
  return {
    hours: [...hours.values()].map((it) => [...it.values, it.count]),
    days: [...days.values()].map((it) => [...it.values, it.count, it.failures]),
  }
}

function count(
  into: Map<string, Counted>,
  field: number,
  day: number,
  organization: number,
  source: number,
  value: number,
  failed: number,
): void {
  const name = `${field},${day},${organization},${source},${value}`
  const counted = into.get(name)
  if (counted === undefined) {
    into.set(name, { values: [field, day, organization, source, value], count: 1, failures: failed })
    return
  }
  counted.count += 1
  counted.failures += failed
}
