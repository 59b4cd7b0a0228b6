/** The part of Splunk's search language that the translations use, run on events as the add-on shows them. */
import { readConf } from '../splunk/add-on.ts'
import { compileEval, type Fields } from '../splunk/eval-expression.ts'
import { compileSearch } from '../splunk/search-expression.ts'
import { secondsOf } from './sigma-correlation.ts'

type Rows = readonly Fields[]
type Command = (rows: Rows) => Rows

/**
 * `now` is in Unix seconds. The rows need `_time`, and come newest first, as Splunk finds them. Throws outside the
 * subset.
 */
export function runSpl(search: string, events: Rows, now: number): Rows {
  const [head = '', ...commands] = expandMacros(search).split('|')
  const matches = compileSearch(head)
  const newestFirst = events.toSorted((a, b) => Number(b._time) - Number(a._time))
  const found = newestFirst.filter(matches).map((row) => ({ ...row, 'now()': String(now) }))
  return commands.reduce<Rows>((rows, text) => commandOf(text.trim())(rows), found)
}

function expandMacros(search: string): string {
  return search.replaceAll(/`(\w+)`/g, (_, name: string) => {
    const definition = readConf('macros.conf').get(name)?.get('definition')
    if (definition === undefined) throw new Error(`no macro ${name}`)
    return definition
  })
}

function commandOf(text: string): Command {
  const [name = ''] = text.split(' ')
  const rest = text.slice(name.length).trim()
  if (name === 'where') return where(rest)
  if (name === 'dedup') return dedup(rest)
  if (name === 'table') return table(rest.split(/,\s*/))
  if (name === 'streamstats') return streamstats(rest)
  if (name === 'stats') return stats(rest)
  if (name === 'sort') return sort(rest)
  throw new Error(`the command ${name} is outside of the subset`)
}

function where(expression: string): Command {
  const holds = compileEval(expression)
  return (rows) => rows.filter((row) => holds(row) === true)
}

function dedup(field: string): Command {
  if (!/^\w+$/.test(field)) throw new Error(`dedup takes one field, not ${field}`)
  return (rows) => {
    const seen = new Set<string | undefined>()
    return rows.filter((row) => !seen.has(row[field]) && seen.add(row[field]))
  }
}

function table(fields: readonly string[]): Command {
  return (rows) => rows.map((row) => Object.fromEntries(fields.map((it) => [it, row[it]])))
}

interface Aggregation {
  readonly as: string
  readonly of: (rows: Rows) => string | undefined
}

/** `count AS n, dc(sourceIp) AS m BY a, b` */
function readAggregations(text: string): { by: string[]; aggregations: Aggregation[] } {
  const [, list = '', by = ''] = /^(.*?) BY ([\w.]+(?:, [\w.]+)*)$/s.exec(text) ?? []
  if (list === '') throw new Error(`aggregations outside of the subset: ${text}`)
  return { by: by.split(', '), aggregations: list.split(/,\s*/).map(aggregation) }
}

function aggregation(text: string): Aggregation {
  const [, name = '', field = '', as = ''] = /^(\w+)(?:\(([\w.]+)\))? AS (\w+)$/.exec(text) ?? []
  const values = (rows: Rows) => rows.map((row) => row[field]).filter((it) => it !== undefined)
  const make: Readonly<Record<string, Aggregation['of']>> = {
    count: (rows) => String(rows.length),
    dc: (rows) => String(new Set(values(rows)).size),
    min: (rows) => String(Math.min(...values(rows).map(Number))),
    max: (rows) => String(Math.max(...values(rows).map(Number))),
    values: (rows) => [...new Set(values(rows))].toSorted().join('\n'),
  }
  const of = make[name]
  if (of === undefined || as === '' || (name === 'count') !== (field === '')) {
    throw new Error(`outside of the subset: ${text}`)
  }
  return { as, of }
}

/** A row that lacks one of the BY fields is in no group. */
function grouped(rows: Rows, by: readonly string[]): Rows[] {
  const complete = rows.filter((row) => by.every((field) => row[field] !== undefined))
  return [...Map.groupBy(complete, (row) => JSON.stringify(by.map((field) => row[field]))).values()]
}

function stats(text: string): Command {
  const { by, aggregations } = readAggregations(text)
  return (rows) =>
    grouped(rows, by).map((group) => ({
      ...Object.fromEntries(by.map((field) => [field, group[0]?.[field]])),
      ...Object.fromEntries(aggregations.map(({ as, of }) => [as, of(group)])),
      'now()': group[0]?.['now()'],
    }))
}

/** `0 a, b`: all rows, ascending; numbers are compared by value. */
function sort(text: string): Command {
  const fields = /^0 ([\w.]+(?:, [\w.]+)*)$/.exec(text)?.[1]?.split(', ')
  if (fields === undefined) throw new Error(`outside of the subset: sort ${text}`)
  return (rows) =>
    rows.toSorted((a, b) => fields.map((it) => order(a[it], b[it])).find((it) => it !== 0) ?? 0)
}

function order(a = '', b = ''): number {
  const difference = Number(a) - Number(b)
  return Number.isNaN(difference) ? Number(a > b) - Number(a < b) : difference
}

/**
 * Each row with those before it in the list; with `time_window` only those within it, and the list must be in order of
 * time.
 */
function streamstats(text: string): Command {
  const [, span, rest = ''] = /^(?:time_window=(\w+) )?(.*)$/s.exec(text) ?? []
  const seconds = span === undefined ? 0 : secondsOf(span)
  const { by, aggregations } = readAggregations(rest)
  return (rows) =>
    grouped(rows, by).flatMap((group) =>
      group.map((row, at) => {
        const before = group.slice(0, at + 1)
        const window = span === undefined ? before : before.filter((it) => distance(it, row) < seconds)
        return { ...row, ...Object.fromEntries(aggregations.map(({ as, of }) => [as, of(window)])) }
      }),
    )
}

function distance(a: Fields, b: Fields): number {
  return Math.abs(Number(a._time) - Number(b._time))
}
