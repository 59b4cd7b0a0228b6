/** Counts what was appended, so that charts need not. */
import { DAY, DAY_FIELDS, HOUR } from '../schema.ts'
import type { Client } from './pool.ts'
import type { NumberedEvent } from './rows.ts'

interface Counted {
  readonly values: readonly number[]
  count: number
  failures: number
}

export async function addTallies(client: Client, events: readonly NumberedEvent[]): Promise<void> {
  const hours = new Map<string, Counted>()
  const days = new Map<string, Counted>()
  for (const { timestamp, facets: it, texts } of events) {
    const isFailure = texts.get('outcome') === 'failure'
    const of = [it.organization, it.source]
    const kind = [it.action, it.category, it.operation, it.outcome, it.severity]
    count(hours, [Math.floor(timestamp / HOUR), ...of, ...kind], isFailure)
    const on = [Math.floor(timestamp / DAY), ...of]
    count(days, [DAY_FIELDS.all, ...on, 0], isFailure)
    count(days, [DAY_FIELDS.login, ...on, it.login], isFailure)
    if (it.address !== 0) count(days, [DAY_FIELDS.address, ...on, it.address], isFailure)
    if (it.stack !== 0) count(days, [DAY_FIELDS.stack, ...on, it.stack], isFailure)
  }
  const hourly = [...hours.values()].map((it) => [...it.values, it.count])
  await client.query(ADD_HOURS, transposed(hourly, 9))
  const daily = [...days.values()].map((it) => [...it.values, it.count, it.failures])
  await client.query(ADD_DAYS, transposed(daily, 7))
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

function count(into: Map<string, Counted>, values: readonly number[], isFailure: boolean): void {
  const name = values.join()
  const counted = into.get(name) ?? { values, count: 0, failures: 0 }
  into.set(name, counted)
  counted.count += 1
  if (isFailure) counted.failures += 1
}
