/**
 * Expressions of the Kusto query language: comparisons, `in`, `and`, `or`, members of dynamics inside a conversion,
 * `prev()`.
 */
import { secondsOf } from './sigma-correlation.ts'
import { valueAt } from './tree.ts'

export type Row = Readonly<Record<string, unknown>>

/** The row's position in the sorted table. */
interface Place {
  readonly rows: readonly Row[]
  readonly at: number
}

type Evaluate = (row: Row, place: Place) => unknown

export function compileKql(text: string): Evaluate {
  const tokens = text.match(TOKEN) ?? []
  if (tokens.join('') !== text.replaceAll(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/g, ''))
    throw new Error(`not understood: ${text}`)
  let at = 0
  const take = (token: string): boolean => {
    if (tokens[at] !== token) return false
    at += 1
    return true
  }
  const need = (token: string) => {
    if (!take(token)) throw new Error(`${token} expected before ${tokens[at] ?? 'the end'} in ${text}`)
  }
  const or = (): Evaluate => {
    const parts = [and()]
    while (take('or')) parts.push(and())
    return parts.length === 1 ? (parts[0] as Evaluate) : (...it) => parts.some((part) => part(...it) === true)
  }
  const and = (): Evaluate => {
    const parts = [comparison()]
    while (take('and')) parts.push(comparison())
    return parts.length === 1
      ? (parts[0] as Evaluate)
      : (...it) => parts.every((part) => part(...it) === true)
  }
  const comparison = (): Evaluate => {
    const left = difference()
    if (take('in')) {
      need('(')
      const values = list()
      return (...it) => values.some((value) => value(...it) === left(...it))
    }
    const operator = ['==', '=~', '!=', '>=', '<=', '>', '<'].find(take)
    if (operator === undefined) return left
    const right = difference()
    return (...it) => compare(operator, left(...it), right(...it))
  }
  const difference = (): Evaluate => {
    const left = operand()
    if (!take('-')) return left
    const right = operand()
    return (...it) => Number(left(...it)) - Number(right(...it))
  }
  const operand = (): Evaluate => {
    const token = tokens[at++] ?? ''
    if (token === '(') {
      const inner = or()
      need(')')
      return inner
    }
    if (token.startsWith('"')) return () => token.slice(1, -1)
    if (/^\d+[smhd]$/.test(token)) return () => secondsOf(token)
    if (/^\d+$/.test(token)) return () => Number(token)
    if (token === 'true' || token === 'false') return () => token === 'true'
    if (!/^\w/.test(token)) throw new Error(`a value expected before ${token || 'the end'} in ${text}`)
    if (!take('(')) return column(token)
    return call(token)
  }
  const call = (name: string): Evaluate => {
    if (CONVERSIONS[name] !== undefined) {
      const convert = CONVERSIONS[name]
      const path = tokens[at++] ?? ''
      need(')')
      return (row) => convert(valueAt(row, path))
    }
    const [of, by, ...more] = list()
    if (of === undefined || more.length > 0) throw new Error(`${name} takes one or two values`)
    if (name === 'isnotempty') return (...it) => !['', undefined].includes(of(...it) as string)
    if (name === 'isempty') return (...it) => ['', undefined].includes(of(...it) as string)
    if (name === 'not') return (...it) => of(...it) !== true
    if (name === 'ago') return (row, place) => Number(row['now()']) - Number(of(row, place))
    if (name === 'prev') return (row, place) => previous(of, Number(by?.(row, place) ?? 1), row, place)
    throw new Error(`the function ${name} is outside of the subset`)
  }
  const list = (): Evaluate[] => {
    const items = [or()]
    while (take(',')) items.push(or())
    need(')')
    return items
  }
  const whole = or()
  if (at < tokens.length) throw new Error(`${tokens[at]} is too much in ${text}`)
  return whole
}

const TOKEN = /"[^"\\]*"|==|=~|!=|>=|<=|[><(),-]|\d+[smhd]\b|[\w.]+/g

/** The columns of the table; members of dynamic columns need a conversion. */
const CONVERSIONS: Readonly<Record<string, (value: unknown) => unknown>> = {
  tostring: (value) => (value === undefined ? '' : String(value)),
  tobool: (value) => (value === undefined ? undefined : value === true || value === 'true'),
}

/** There is nothing before the first row; a text can't be null in Kusto, so it is empty there. */
function previous(of: Evaluate, offset: number, row: Row, { rows, at }: Place): unknown {
  const before = rows[at - offset]
  if (before !== undefined) return of(before, { rows, at: at - offset })
  return typeof of(row, { rows, at }) === 'string' ? '' : undefined
}

function column(name: string): Evaluate {
  if (name.includes('.')) throw new Error(`${name} is dynamic: use tostring() or tobool()`)
  return (row) => row[name]
}

function compare(operator: string, a: unknown, b: unknown): boolean {
  if (operator === '==') return a === b
  if (operator === '=~') return String(a).toLowerCase() === String(b).toLowerCase()
  if (operator === '!=') return a !== b
  const order = Number(a) - Number(b)
  if (operator === '>') return order > 0
  if (operator === '<') return order < 0
  return operator === '>=' ? order >= 0 : order <= 0
}
