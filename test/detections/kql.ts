/** The part of the Kusto query language that the translations use, run on native events. Anything else throws. */
import { compileKql, type Row } from './kql-expression.ts'

type Rows = readonly Row[]
type Operator = (rows: Rows) => Rows

/** `now` is in Unix seconds. The table's columns are the members of the native event, and `TimeGenerated`. */
export function runKql(query: string, events: Rows, now: number): Rows {
  const [name, ...operators] = query.split('\n|').map((it) => it.trim())
  if (name !== 'PulumiAudit_CL') throw new Error(`the table ${name} is outside of the subset`)
  const table: Rows = events.map((event) => ({
    ...event,
    TimeGenerated: Number(event.timestamp),
    'now()': now,
  }))
  return operators.reduce((rows, text) => operatorOf(text)(rows), table)
}

function operatorOf(text: string): Operator {
  const [name = ''] = text.split(' ')
  const rest = text.slice(name.length).trim()
  if (name === 'where') return where(rest)
  if (name === 'project') return project(rest)
  if (name === 'extend') return extend(rest)
  if (name === 'sort') return sort(rest)
  if (name === 'summarize') return summarize(rest)
  throw new Error(`the operator ${name} is outside of the subset`)
}

function where(expression: string): Operator {
  const holds = compileKql(expression)
  return (rows) => rows.filter((row, at) => holds(row, { rows, at }) === true)
}

function project(text: string): Operator {
  const columns = list(text).map(named)
  return (rows) =>
    rows.map((row, at) => Object.fromEntries(columns.map(([name, of]) => [name, of(row, { rows, at })])))
}

function extend(text: string): Operator {
  const columns = list(text).map(named)
  return (rows) =>
    rows.map((row, at) => ({
      ...row,
      ...Object.fromEntries(columns.map(([name, of]) => [name, of(row, { rows, at })])),
    }))
}

/** `login = tostring(actor.login)`, or a column unchanged. */
function named(text: string): [string, ReturnType<typeof compileKql>] {
  const [, name = text, expression = text] = /^(\w+) = (.*)$/s.exec(text) ?? []
  if (!/^\w+$/.test(name)) throw new Error(`${text} needs a name`)
  return [name, compileKql(expression)]
}

/** The sorted rows, whose order `prev()` relies on. */
function sort(text: string): Operator {
  const keys = /^by (\w+ asc(?:, \w+ asc)*)$/.exec(text)?.[1]?.split(', ')
  if (keys === undefined) throw new Error(`outside of the subset: sort ${text}`)
  const columns = keys.map((key) => key.replace(' asc', ''))
  return (rows) =>
    rows.toSorted((a, b) => columns.map((it) => order(a[it], b[it])).find((it) => it !== 0) ?? 0)
}

function order(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0
}

/** `arg_min(TimeGenerated, *) by uid`, or named aggregations by columns. */
function summarize(text: string): Operator {
  const [, what = '', by = ''] = /^(.*?)\s+by (\w+(?:, \w+)*)$/s.exec(text) ?? []
  if (what === '') throw new Error(`outside of the subset: summarize ${text}`)
  const columns = by.split(', ')
  const first = /^arg_min\((\w+), \*\)$/.exec(what)?.[1]
  const aggregations = first === undefined ? list(what).map(aggregation) : []
  return (rows) =>
    groups(rows, columns).map((group) => {
      if (first !== undefined) return group.toSorted((a, b) => order(a[first], b[first]))[0] as Row
      return {
        ...Object.fromEntries(columns.map((it) => [it, group[0]?.[it]])),
        ...Object.fromEntries(aggregations.map(([name, of]) => [name, of(group)])),
        'now()': group[0]?.['now()'],
      }
    })
}

function groups(rows: Rows, columns: readonly string[]): Row[][] {
  const key = (row: Row) => {
    const values = columns.map((it) => row[it])
    if (values.some((it) => typeof it === 'object'))
      throw new Error(`${columns} holds a dynamic: use tostring()`)
    return JSON.stringify(values)
  }
  return [...Map.groupBy(rows, key).values()]
}

function aggregation(text: string): [string, (rows: Rows) => unknown] {
  const [, name = '', how = '', column = ''] = /^(\w+) = (\w+)\((\w*)\)$/.exec(text) ?? []
  const numbers = (rows: Rows) => rows.map((row) => Number(row[column]))
  const make: Readonly<Record<string, (rows: Rows) => unknown>> = {
    count: (rows) => rows.length,
    dcount: (rows) => new Set(rows.map((row) => row[column])).size,
    min: (rows) => Math.min(...numbers(rows)),
    max: (rows) => Math.max(...numbers(rows)),
    make_set: (rows) => [...new Set(rows.map((row) => row[column]))].join(),
  }
  const of = make[how]
  if (of === undefined || (how === 'count') !== (column === ''))
    throw new Error(`outside of the subset: ${text}`)
  return [name, of]
}

/** Splits at commas outside brackets. */
function list(text: string): string[] {
  return text.split(/,\s*(?![^()]*\))/)
}
