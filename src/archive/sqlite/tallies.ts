/** Counts what was appended, so that charts need not. */
import type { DatabaseSync } from 'node:sqlite'
import { DAY, DAY_FIELDS, type Facets, HOUR, KEY_STEP } from '../schema.ts'

interface Counted {
  readonly values: readonly number[]
  count: number
  failures: number
}

export function createTallies(db: DatabaseSync) {
  const hour = db.prepare(
    'INSERT INTO tallies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
  )
  const day = db.prepare(
    `INSERT INTO day_tallies VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET count = count + excluded.count, failures = failures + excluded.failures`,
  )
  const failure = db.prepare("SELECT id FROM texts WHERE text = 'failure'")
  return {
    add(events: readonly { readonly key: number; readonly facets: Facets }[]): void {
      const failed = (failure.get() as { id: number } | undefined)?.id
      const hours = new Map<string, Counted>()
      const days = new Map<string, Counted>()
      for (const { key, facets: it } of events) {
        const second = Math.floor(key / KEY_STEP)
        const isFailure = it.outcome === failed
        const of = [it.organization, it.source]
        const kind = [it.action, it.category, it.operation, it.outcome, it.severity]
        count(hours, [Math.floor(second / HOUR), ...of, ...kind], isFailure)
        const on = [Math.floor(second / DAY), ...of]
        count(days, [DAY_FIELDS.all, ...on, 0], isFailure)
        count(days, [DAY_FIELDS.login, ...on, it.login], isFailure)
        if (it.address !== 0) count(days, [DAY_FIELDS.address, ...on, it.address], isFailure)
        if (it.stack !== 0) count(days, [DAY_FIELDS.stack, ...on, it.stack], isFailure)
      }
      for (const it of hours.values()) hour.run(...it.values, it.count)
      for (const it of days.values()) day.run(...it.values, it.count, it.failures)
    },
  }
}

function count(into: Map<string, Counted>, values: readonly number[], isFailure: boolean): void {
  const name = values.join()
  const counted = into.get(name) ?? { values, count: 0, failures: 0 }
  if (counted.count === 0) into.set(name, counted)
  counted.count += 1
  if (isFailure) counted.failures += 1
}
