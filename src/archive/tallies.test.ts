import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DAY, DAY_FIELDS, type Facets, HOUR, KEY_STEP } from './schema.ts'
import { tally } from './tallies.ts'

const FAILURE = 2
/** Few values, so that events share them; the ids of texts grow beyond 32 bits. */
const id = fc.constantFrom(1, 2, 3, 2 ** 40)
const idOrNone = fc.constantFrom(0, 1, 2, 2 ** 40)
const events = fc.array(
  fc.record({
    key: fc
      .tuple(fc.constantFrom(0, HOUR - 1, HOUR, DAY, 400 * DAY), fc.nat(2))
      .map(([second, n]) => second * KEY_STEP + n),
    facets: fc.record({
      ...{ organization: id, source: id, action: id, category: id, operation: id, outcome: id },
      ...{
        severity: fc.constantFrom(1, 4),
        login: id,
        address: idOrNone,
        project: idOrNone,
        stack: idOrNone,
      },
    }),
  }),
  { maxLength: 60 },
)

it('counts each hour and day as if one by one', () => {
  fc.assert(
    fc.property(events, (given) => {
      const { hours, days } = tally(given, FAILURE)
      expect(sorted(hours)).toEqual(sorted(counted(given.map((event) => [hourOf(event), []]))))
      expect(sorted(days)).toEqual(
        sorted(counted(given.flatMap((event) => daysOf(event).map((row) => [row, [failed(event)]])))),
      )
    }),
  )
})

interface Event {
  readonly key: number
  readonly facets: Facets
}

function hourOf({ key, facets: it }: Event): number[] {
  const what = [it.organization, it.source, it.action, it.category, it.operation, it.outcome, it.severity]
  return [Math.floor(key / KEY_STEP / HOUR), ...what]
}

function daysOf({ key, facets: it }: Event): number[][] {
  const day = Math.floor(key / KEY_STEP / DAY)
  const values = { all: 0, login: it.login, address: it.address, stack: it.stack }
  return (['all', 'login', 'address', 'stack'] as const)
    .filter((field) => field === 'all' || values[field] !== 0)
    .map((field) => [DAY_FIELDS[field], day, it.organization, it.source, values[field]])
}

function failed({ facets }: Event): number {
  return facets.outcome === FAILURE ? 1 : 0
}

/** Merges identical rows into one, with their number and the totals of the values beside them. */
function counted(rows: readonly (readonly [number[], number[]])[]): number[][] {
  const names = new Set(rows.map(([row]) => row.join()))
  return [...names].map((name) => {
    const same = rows.filter(([row]) => row.join() === name)
    const sums = (same[0]?.[1] ?? []).map((_, at) => same.reduce((sum, [, more]) => sum + (more[at] ?? 0), 0))
    return [...(same[0]?.[0] ?? []), same.length, ...sums]
  })
}

function sorted(rows: readonly (readonly number[])[]): string[] {
  return rows.map((row) => row.join()).toSorted()
}
