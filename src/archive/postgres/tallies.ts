/** Adds what was appended to the tables of tallies. */
import { tally } from '../tallies.ts'
import type { Client } from './pool.ts'
import type { NumberedEvent } from './rows.ts'

export async function addTallies(client: Client, events: readonly NumberedEvent[]): Promise<void> {
  const failed = events.find(({ texts }) => texts.get('outcome') === 'failure')
  const { hours, days } = tally(events, failed?.facets.outcome)
  await client.query(ADD_HOURS, transposed(hours, 9))
  await client.query(ADD_DAYS, transposed(days, 7))
}

const ADD_HOURS = `INSERT INTO tallies SELECT * FROM unnest(${columns(9)})
  ON CONFLICT (hour, organization, source, action, category, operation, outcome, severity)
  DO UPDATE SET count = tallies.count + excluded.count`
const ADD_DAYS = `INSERT INTO day_tallies SELECT * FROM unnest(${columns(7)})
  ON CONFLICT (field, day, organization, source, value)
  DO UPDATE SET count = day_tallies.count + excluded.count, failures = day_tallies.failures + excluded.failures`

function columns(count: number): string {
  return Array.from({ length: count }, (_, at) => `$${at + 1}::bigint[]`).join(', ')
}

function transposed(rows: readonly (readonly number[])[], width: number): number[][] {
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? 0))
}
