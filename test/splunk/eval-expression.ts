/**
 * The part of Splunk's eval language that the add-on and the detections use, on fields that are text or absent.
 * Anything else throws. A comparison with an absent field is neither true nor false, and counts as not true.
 */
import { tokensOf } from './tokens.ts'
export type Fields = Readonly<Record<string, string | undefined>>
type Value = string | number | boolean | undefined
type Evaluate = (fields: Fields) => Value

export function compileEval(text: string): Evaluate {
  const tokens = tokensOf(text, TOKEN)
  let at = 0
  const peek = () => tokens[at]
  const is = (token: string) => peek()?.toUpperCase() === token
  const take = (token: string): boolean => {
    if (!is(token)) return false
    at += 1
    return true
  }
  const need = (token: string) => {
    if (!take(token)) throw new Error(`${token} expected before ${peek() ?? 'the end'} in ${text}`)
  }

  const or = (): Evaluate => {
    let left = and()
    while (take('OR')) left = either(left, and())
    return left
  }
  const and = (): Evaluate => {
    let left = comparison()
    while (take('AND')) left = both(left, comparison())
    return left
  }
  const comparison = (): Evaluate => {
    const left = sum()
    const operator = ['==', '!=', '>=', '<=', '>', '<'].find(take)
    return operator === undefined ? left : compared(operator, left, sum())
  }
  const sum = (): Evaluate => {
    let left = value()
    for (;;) {
      if (take('.')) left = joined(left, value())
      else if (take('-')) left = difference(left, value())
      else return left
    }
  }
  const value = (): Evaluate => {
    const token = peek()
    if (token === undefined) throw new Error(`a value expected at the end of ${text}`)
    at += 1
    if (token === '(') {
      const inner = or()
      need(')')
      return inner
    }
    if (token.startsWith('"')) return constant(token.slice(1, -1).replaceAll(/\\(["\\])/g, '$1'))
    if (token.startsWith("'")) return field(token.slice(1, -1))
    if (/^\d/.test(token)) return constant(Number(token))
    if (!/^\w+$/.test(token)) throw new Error(`a value expected before ${token} in ${text}`)
    return take('(') ? call(token, list()) : field(token)
  }
  const list = (): Evaluate[] => {
    const items: Evaluate[] = []
    if (take(')')) return items
    do items.push(or())
    while (take(','))
    need(')')
    return items
  }

  const whole = or()
  if (at < tokens.length) throw new Error(`${peek()} is too much in ${text}`)
  return whole
}

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|'[^']*'|==|!=|>=|<=|[><.,()-]|\d+(?:\.\d+)?|\w+)/y

function call(name: string, args: readonly Evaluate[]): Evaluate {
  const make = FUNCTIONS[name]
  if (make === undefined) throw new Error(`the function ${name} is outside of the subset`)
  return make(...args)
}

const nothing: Evaluate = () => undefined

const FUNCTIONS: Readonly<Record<string, (...args: Evaluate[]) => Evaluate>> = {
  true: () => constant(true),
  null: () => nothing,
  isnull:
    (of = nothing) =>
    (it) =>
      of(it) === undefined,
  isnotnull:
    (of = nothing) =>
    (it) =>
      of(it) !== undefined,
  if:
    (condition = nothing, yes = nothing, no = nothing) =>
    (it) =>
      condition(it) === true ? yes(it) : no(it),
  coalesce:
    (...args) =>
    (it) =>
      args.map((arg) => arg(it)).find((found) => found !== undefined),
  match:
    (subject = nothing, pattern = nothing) =>
    (it) => {
      const text = subject(it)
      return text === undefined ? undefined : new RegExp(String(pattern(it))).test(String(text))
    },
  case:
    (...args) =>
    (it) => {
      if (args.length % 2 === 1) throw new Error('case takes pairs')
      const hit = args.findIndex((arg, index) => index % 2 === 0 && arg(it) === true)
      return hit < 0 ? undefined : args[hit + 1]?.(it)
    },
  relative_time:
    (from = nothing, by = nothing) =>
    (it) => {
      const [, hours] = /^-(\d+)h$/.exec(String(by(it))) ?? []
      if (hours === undefined) throw new Error(`relative_time by ${by(it)} is outside of the subset`)
      return Number(from(it)) - Number(hours) * 3600
    },
  /** The time of the search is given as a field. */
  now: () => (it) => Number(it['now()']),
}

function constant(value: Value): Evaluate {
  return () => value
}

function field(name: string): Evaluate {
  return (fields) => fields[name]
}

function either(left: Evaluate, right: Evaluate): Evaluate {
  return (it) => left(it) === true || right(it) === true
}

function both(left: Evaluate, right: Evaluate): Evaluate {
  return (it) => left(it) === true && right(it) === true
}

function joined(left: Evaluate, right: Evaluate): Evaluate {
  return (it) => {
    const [a, b] = [left(it), right(it)]
    return a === undefined || b === undefined ? undefined : `${a}${b}`
  }
}

function difference(left: Evaluate, right: Evaluate): Evaluate {
  return (it) => Number(left(it)) - Number(right(it))
}

function compared(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  return (it) => {
    const [a, b] = [left(it), right(it)]
    if (a === undefined || b === undefined) return undefined
    if (operator === '==') return String(a) === String(b)
    if (operator === '!=') return String(a) !== String(b)
    const order = Number(a) - Number(b)
    if (Number.isNaN(order)) throw new Error(`${a} ${operator} ${b} compares no numbers`)
    if (operator === '>') return order > 0
    if (operator === '<') return order < 0
    return operator === '>=' ? order >= 0 : order <= 0
  }
}
