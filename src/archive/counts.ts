/** Counts events by their values. Whole hours and days are read from the tallies; the rest is counted. */
import { sql } from 'kysely'
import type { ArchiveExtent, EventQuery, HistogramSlice, TopField, TopValue } from './archive.ts'
import type { ArchiveDatabase } from './database.ts'
import type { TextFacet } from './facets.ts'
import { type ArchiveDb, between } from './query.ts'
import { DAY, DAY_FIELDS, HOUR, KEY_STEP, secondOf } from './schema.ts'
import { resolveQuery, type Selection, textsById } from './selection.ts'

/** The facets that the tallies of an hour distinguish, and those of a day. */
const HOURLY = new Set<TextFacet>(['organization', 'source', 'action', 'category', 'operation', 'outcome'])
const DAILY = new Set<TextFacet>(['organization', 'source'])

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
    counts.set(at, own.set(category, (own.get(category) ?? 0) + Number(count)))
  }
  const { whole, edges } = split(selection, HOUR, slice % HOUR === 0 && isTallied(selection, HOURLY))
  if (whole !== undefined) {
    const at = sql<number>`hour / ${sql.lit(slice / HOUR)}`
    const rows = await hours(database.db, selection, whole)
      .select(({ fn }) => [at.as('at'), 'category', fn.sum<number>('count').as('count')])
      .groupBy([at, 'category'])
      .execute()
    for (const row of rows) add(Number(row.at) * slice, row.category, row.count)
  }
  for (const edge of edges) {
    for (const part of await database.parts(edge)) {
      const at = sql<number>`${part.key} / ${sql.lit(slice * KEY_STEP)}`
      const rows = await between(part.matches(), part, edge.from, edge.to)
        .select([at.as('at'), 'events.category', sql<number>`count(*)`.as('count')])
        .groupBy([at, 'events.category'])
        .execute()
      for (const row of rows) add(Number(row.at) * slice, row.category, row.count)
    }
  }
  const categories = new Set([...counts.values()].flatMap((own) => [...own.keys()]))
  const names = await textsById(database.db, [...categories])
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([at, own]) => ({ at, counts: Object.fromEntries(named([...own], names)) }))
}

export async function countTop(
  database: ArchiveDatabase,
  query: EventQuery,
  field: TopField,
  limit: number,
): Promise<TopValue[]> {
  const { db } = database
  const selection = await resolveQuery(db, query)
  if (selection === undefined) return []
  const failure = await failureId(db)
  const { whole, edges } = splitTop(selection, field)
  const found = whole === undefined ? [] : await talliedTop(db, selection, whole, field, failure)
  for (const edge of edges) {
    for (const part of await database.parts(edge)) {
      const rows = await between(part.matches(), part, edge.from, edge.to)
        .select([
          `events.${field} as value`,
          sql<number>`count(*)`.as('count'),
          sql<number>`sum(case when events.outcome = ${failure} then 1 else 0 end)`.as('failures'),
        ])
        .where(`events.${field}`, '<>', 0)
        .groupBy(`events.${field}`)
        .execute()
      found.push(...rows)
    }
  }
  const first = [...sumOf(found)].sort(([a, x], [b, y]) => y.count - x.count || a - b).slice(0, limit)
  const names = await textsById(
    db,
    first.map(([id]) => id),
  )
  return named(first, names).map(([value, own]) => ({ value, ...own }))
}

/** Leaves out what retention drops in the meantime. */
function named<Own>(
  counted: readonly (readonly [id: number, Own])[],
  names: ReadonlyMap<number, string>,
): [string, Own][] {
  return counted.flatMap(([id, own]): [string, Own][] => {
    const name = names.get(id)
    return name === undefined ? [] : [[name, own]]
  })
}

/** How often a text occurs, and how often in a failed event; `value` is the text's id. */
interface Counted {
  readonly value: number
  readonly count: number
  readonly failures: number
}

/** The id of the outcome `failure`; an id that no text has if nothing has failed yet. */
async function failureId(db: ArchiveDb): Promise<number> {
  const found = await db.selectFrom('texts').select('id').where('text', '=', 'failure').executeTakeFirst()
  return found?.id ?? -1
}

function isHourly(field: TopField): field is 'action' | 'category' {
  return field === 'action' || field === 'category'
}

function splitTop(selection: Selection, field: TopField) {
  if (isHourly(field)) return split(selection, HOUR, isTallied(selection, HOURLY))
  return split(selection, DAY, isTallied(selection, DAILY) && selection.severity <= 1)
}

async function talliedTop(
  db: ArchiveDb,
  selection: Selection,
  whole: Units,
  field: TopField,
  failure: number,
): Promise<Counted[]> {
  if (isHourly(field)) {
    const failures = sql<number>`sum(case when outcome = ${failure} then count else 0 end)`
    return hours(db, selection, whole)
      .select(({ fn }) => [`${field} as value`, fn.sum<number>('count').as('count'), failures.as('failures')])
      .groupBy(field)
      .execute()
  }
  return days(db, selection, whole, DAY_FIELDS[field])
    .select(({ fn }) => [
      'value',
      fn.sum<number>('count').as('count'),
      fn.sum<number>('failures').as('failures'),
    ])
    .groupBy('value')
    .execute()
}

/** PostgreSQL returns sums as texts. */
function sumOf(found: readonly Counted[]): ReadonlyMap<number, Omit<Counted, 'value'>> {
  const sums = new Map<number, Omit<Counted, 'value'>>()
  for (const { value, count, failures } of found) {
    const sum = sums.get(value) ?? { count: 0, failures: 0 }
    sums.set(value, { count: sum.count + Number(count), failures: sum.failures + Number(failures) })
  }
  return sums
}

export async function measureExtent(db: ArchiveDb): Promise<ArchiveExtent> {
  const { events, oldest, newest } = await db
    .selectNoFrom([
      (eb) =>
        eb
          .selectFrom('day_tallies')
          .select(({ fn }) => fn.sum<number | null>('count').as('sum'))
          .where('field', '=', DAY_FIELDS.all)
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
  return { events: Number(events ?? 0), oldest: second(oldest), newest: second(newest) }
}

function second(key: number | null): number | undefined {
  return key === null ? undefined : secondOf(key)
}

function isTallied({ words, facets }: Selection, tallied: ReadonlySet<TextFacet>): boolean {
  return words.length === 0 && facets.every(([facet]) => tallied.has(facet))
}

/** The whole units of a range, [from, to), and what remains at its ends; without tallies, all of it remains. */
function split(selection: Selection, unit: number, isTallied: boolean) {
  const { from, to } = selection
  const size = unit * KEY_STEP
  const whole = { from: Math.ceil(from / size), to: Math.floor(to / size) }
  if (!isTallied || whole.from >= whole.to) return { whole: undefined, edges: [selection] }
  const edges = [
    { ...selection, to: whole.from * size },
    { ...selection, from: whole.to * size },
  ]
  return { whole, edges: edges.filter((edge) => edge.from < edge.to) }
}

interface Units {
  readonly from: number
  readonly to: number
}

function hours(db: ArchiveDb, { facets, severity }: Selection, { from, to }: Units) {
  let rows = db.selectFrom('tallies').where('hour', '>=', from).where('hour', '<', to)
  for (const [facet, id] of facets) rows = rows.where(facet as 'action', '=', id)
  return severity > 1 ? rows.where('severity', '>=', severity) : rows
}

function days(db: ArchiveDb, { facets }: Selection, { from, to }: Units, field: number) {
  let rows = db.selectFrom('day_tallies').where('field', '=', field).where('day', '>=', from)
  for (const [facet, id] of facets) rows = rows.where(facet as 'source', '=', id)
  return rows.where('day', '<', to)
}
