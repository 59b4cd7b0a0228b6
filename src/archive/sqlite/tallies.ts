/** Adds what was appended to the tables of tallies. */
import type { DatabaseSync } from 'node:sqlite'
import type { Facets } from '../schema.ts'
import { tally } from '../tallies.ts'

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
      const { hours, days } = tally(events, (failure.get() as { id: number } | undefined)?.id)
      for (const values of hours) hour.run(...values)
      for (const values of days) day.run(...values)
    },
  }
}
