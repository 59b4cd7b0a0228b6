/** How many events there are of what. Whole hours and days are read from the tallies, the rest is counted. */
import { sql } from 'kysely'
import type { ArchiveExtent, EventQuery, HistogramSlice, TopField, TopValue } from './archive.ts'
import type { ArchiveDatabase } from './database.ts'
import { type ArchiveDb, between, type Part } from './query.ts'
import { KEY_STEP, secondOf } from './schema.ts'
import { resolveQuery, type Selection, textsById } from './selection.ts'

export async function countSlices(
  database: ArchiveDatabase,
  query: EventQuery,
  slice: number,
): Promise<HistogramSlice[]> {
  const selection = await resolveQuery(database.db, query)
  if (selection === undefined) return []
  const counts = new Map<number, Map<number, number>>()
  const add = (at: number, category: number, count: number) => {
    const own = counts.get(at) ?? new Map<number, number>()
    counts.set(at, own.set(category, (own.get(category) ?? 0) + count))
  }
  for (const part of await database.parts(selection)) {
    const at = sql<number>`${part.key} / ${sql.lit(slice * KEY_STEP)}`
    const rows = await within(part, selection)
      .select([at.as('at'), 'events.category', sql<number>`count(*)`.as('count')])
      .groupBy([at, 'events.category'])
      .execute()
    for (const row of rows) add(row.at * slice, row.category, row.count)
  }
  const names = await textsById(database.db, [
    ...new Set([...counts.values()].flatMap((own) => [...own.keys()])),
  ])
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([at, own]) => ({
      at,
      counts: Object.fromEntries([...own].map(([category, count]) => [names.get(category) ?? '', count])),
    }))
}

export async function countTop(
  database: ArchiveDatabase,
  query: EventQuery,
  field: TopField,
  limit: number,
): Promise<TopValue[]> {
  const selection = await resolveQuery(database.db, query)
  if (selection === undefined) return []
  const counts = new Map<number, { count: number; failures: number }>()
  const failure =
    (await database.db.selectFrom('texts').select('id').where('text', '=', 'failure').executeTakeFirst())
      ?.id ?? -1
  for (const part of await database.parts(selection)) {
    const rows = await within(part, selection)
      .select([
        `events.${field} as value`,
        sql<number>`count(*)`.as('count'),
        sql<number>`sum(case when events.outcome = ${failure} then 1 else 0 end)`.as('failures'),
      ])
      .where(`events.${field}`, '<>', 0)
      .groupBy(`events.${field}`)
      .execute()
    for (const { value, count, failures } of rows) {
      const own = counts.get(value)
      counts.set(value, { count: count + (own?.count ?? 0), failures: failures + (own?.failures ?? 0) })
    }
  }
  const first = [...counts].sort(([, a], [, b]) => b.count - a.count).slice(0, limit)
  const names = await textsById(
    database.db,
    first.map(([id]) => id),
  )
  return first.map(([id, own]) => ({ value: names.get(id) ?? '', ...own }))
}

function within(part: Part, { from, to }: Selection) {
  return between(part.matches(), part, from, to)
}

export async function measureExtent(db: ArchiveDb): Promise<ArchiveExtent> {
  const { events, oldest, newest } = await db
    .selectNoFrom([
      (eb) =>
        eb
          .selectFrom('day_tallies')
          .select(({ fn }) => fn.sum<number | null>('count').as('sum'))
          .where('field', '=', 0)
          .as('events'),
      (eb) =>
        eb
          .selectFrom('events')
          .select(({ fn }) => fn.min('key').as('key'))
          .as('oldest'),
      (eb) =>
        eb
          .selectFrom('events')
          .select(({ fn }) => fn.max('key').as('key'))
          .as('newest'),
    ])
    .executeTakeFirstOrThrow()
  return { events: events ?? 0, oldest: second(oldest), newest: second(newest) }
}

function second(key: number | null): number | undefined {
  return key === null ? undefined : secondOf(key)
}
