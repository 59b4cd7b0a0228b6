/** Counts what was appended, in the shape of the tables of tallies, so that charts need not count. Pure. */
import { DAY, DAY_FIELDS, type Facets, HOUR, secondOf } from './schema.ts'

/** Values in the order of the columns. */
interface Tallied {
  /** Rows of `tallies`. */
  readonly hours: readonly (readonly number[])[]
  /** Rows of `day_tallies`. */
  readonly days: readonly (readonly number[])[]
}

interface Counted {
  readonly values: readonly number[]
  count: number
  failures: number
}

/** What was counted for an hour or day, an organization and a source. */
interface Group {
  readonly unit: number
  readonly organization: number
  readonly source: number
  readonly counted: Map<number, Counted[]>
}

/** `failure`: the number of the text `failure`, if it occurs. */
export function tally(
  events: readonly { readonly key: number; readonly facets: Facets }[],
  failure: number | undefined,
): Tallied {
  const hours = createGroups()
  const days = createGroups()
  for (const { key, facets } of events) {
    const second = secondOf(key)
    const failures = facets.outcome === failure ? 1 : 0
    countHour(hours.of(Math.floor(second / HOUR), facets), facets)
    const day = days.of(Math.floor(second / DAY), facets)
    countDay(day, DAY_FIELDS.all, 0, failures)
    countDay(day, DAY_FIELDS.login, facets.login, failures)
    if (facets.address !== 0) countDay(day, DAY_FIELDS.address, facets.address, failures)
    if (facets.stack !== 0) countDay(day, DAY_FIELDS.stack, facets.stack, failures)
  }
  return {
    hours: hours.all().map((it) => [...it.values, it.count]),
    days: days.all().map((it) => [...it.values, it.count, it.failures]),
  }
}

function createGroups() {
  const groups = new Map<string, Group>()
  let last: Group | undefined
  return {
    of(unit: number, { organization, source }: Facets): Group {
      // Usually the same as for the event before; building the group's key would take longer than everything else.
      if (last?.unit === unit && last.organization === organization && last.source === source) return last
      const name = `${unit},${organization},${source}`
      last = groups.get(name) ?? { unit, organization, source, counted: new Map() }
      groups.set(name, last)
      return last
    },
    all: () => [...groups.values()].flatMap(({ counted }) => [...counted.values()].flat()),
  }
}

/** An action occurs with few categories, operations, outcomes and severities. */
function countHour({ unit, organization, source, counted }: Group, it: Facets): void {
  const { action, category, operation, outcome, severity } = it
  const kinds = counted.get(action) ?? []
  const known = kinds.find(
    ({ values: [, , , , ...of] }) =>
      of[0] === category && of[1] === operation && of[2] === outcome && of[3] === severity,
  )
  if (known !== undefined) known.count += 1
  else {
    const values = [unit, organization, source, action, category, operation, outcome, severity]
    counted.set(action, [...kinds, { values, count: 1, failures: 0 }])
  }
}

function countDay(
  { unit, organization, source, counted }: Group,
  field: number,
  value: number,
  failures: number,
): void {
  const name = value * FIELDS + field
  const [one] = counted.get(name) ?? []
  if (one === undefined) {
    counted.set(name, [{ values: [field, unit, organization, source, value], count: 1, failures }])
    return
  }
  one.count += 1
  one.failures += failures
}

const FIELDS = Object.keys(DAY_FIELDS).length
