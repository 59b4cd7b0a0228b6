/**
 * The part of Splunk's search language that event types and detections use: field tests, IN, NOT, AND, OR, brackets.
 */

import type { Fields } from './eval-expression.ts'
import { tokensOf } from './tokens.ts'

type Matches = (fields: Fields) => boolean

/**
 * Throws on anything else, including a bare term. Values compare case-insensitively; `*` alone stands for any value.
 */
export function compileSearch(text: string): Matches {
  const tokens = tokensOf(text, TOKEN)
  let at = 0
  const take = (token: string): boolean => {
    if (tokens[at] !== token) return false
    at += 1
    return true
  }
  // In a search, unlike in eval, OR binds tighter than AND.
  const and = (): Matches => {
    let left = or()
    while (take('AND') || (at < tokens.length && tokens[at] !== ')')) left = both(left, or())
    return left
  }
  const or = (): Matches => {
    let left = test()
    while (take('OR')) left = either(left, test())
    return left
  }
  const test = (): Matches => {
    if (take('NOT')) return not(test())
    if (take('(')) {
      const inner = and()
      if (!take(')')) throw new Error(`) is missing in ${text}`)
      return inner
    }
    const field = tokens[at++] ?? ''
    if (!/^[a-z][\w.]*$/i.test(field))
      throw new Error(`a field expected before ${field || 'the end'} in ${text}`)
    if (take('IN')) return oneOf(field, list())
    if (take('!=')) return differs(field, value())
    if (!take('=')) throw new Error(`= expected behind ${field} in ${text}`)
    return oneOf(field, [value()])
  }
  const list = (): string[] => {
    const values: string[] = []
    if (!take('(')) throw new Error(`( expected behind IN in ${text}`)
    do values.push(value())
    while (take(','))
    if (!take(')')) throw new Error(`) is missing in ${text}`)
    return values
  }
  const value = (): string => {
    const token = tokens[at++] ?? ''
    const plain = token.startsWith('"') ? token.slice(1, -1) : token
    if (token === '' || (plain.includes('*') && plain !== '*'))
      throw new Error(`outside of the subset: ${token}`)
    return plain.toLowerCase()
  }
  const whole = and()
  if (at < tokens.length) throw new Error(`${tokens[at]} is too much in ${text}`)
  return whole
}

const TOKEN = /\s*("[^"\\]*"|!=|[=,()]|[\w.*:-]+)/y

function oneOf(field: string, values: readonly string[]): Matches {
  return (fields) => {
    const found = fields[field]?.toLowerCase()
    return found !== undefined && (values.includes('*') || values.includes(found))
  }
}

/** As in Splunk, an absent field doesn't match `!=`. */
function differs(field: string, value: string): Matches {
  return (fields) => fields[field] !== undefined && fields[field].toLowerCase() !== value
}

function either(left: Matches, right: Matches): Matches {
  return (fields) => left(fields) || right(fields)
}

function both(left: Matches, right: Matches): Matches {
  return (fields) => left(fields) && right(fields)
}

function not(inner: Matches): Matches {
  return (fields) => !inner(fields)
}
