/**
 * `${VAR}`, `${VAR:-default}`, `${VAR:?message}`, `${file:/path}` and `$$` in text. As in the shell, `:-` and `:?`
 * also act on an empty variable. What comes in is never interpolated again.
 */
import { messageOf } from '../errors.ts'
import { Secret } from '../lib/secret.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Interpolated {
  /** A Secret if the text holds a `${file:…}`: read again whenever it is revealed. */
  readonly value: string | Secret
  readonly errors: readonly string[]
}

export interface InterpolateContext {
  readonly env: Environment
  /** Answers a reader of the file's text. Throws if it can't be read now. */
  readonly openFile: (path: string) => () => string
}

const PLACEHOLDER = /\$\$|\$\{([^}]*)(\}?)/g
const LITERAL = 'write $$ for a literal dollar'
const REFERENCE = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)([\s\S]*))?$/

export function interpolate(text: string, context: InterpolateContext): Interpolated {
  const errors: string[] = []
  const parts: (string | (() => string))[] = []
  let end = 0
  for (const match of text.matchAll(PLACEHOLDER)) {
    parts.push(text.slice(end, match.index))
    end = match.index + match[0].length
    try {
      parts.push(resolve(match, context))
    } catch (error) {
      errors.push(messageOf(error))
    }
  }
  parts.push(text.slice(end))
  const read = () => parts.map((part) => (typeof part === 'string' ? part : part())).join('')
  const live = parts.some((part) => typeof part === 'function')
  return { value: live ? new Secret(read) : read(), errors }
}

function resolve(match: RegExpExecArray, { env, openFile }: InterpolateContext): string | (() => string) {
  const [whole, inner = '', close] = match
  if (whole === '$$') return '$'
  if (close === '') throw new Error(`\${ is not closed by }; ${LITERAL}`)
  if (inner.startsWith('file:')) return openFile(inner.slice('file:'.length))
  const [, name, operator, operand = ''] = REFERENCE.exec(inner) ?? []
  if (name === undefined) {
    throw new Error(`expected \${NAME}, \${NAME:-default}, \${NAME:?message} or \${file:/path}; ${LITERAL}`)
  }
  if (operand.includes('${')) throw new Error(`the default of ${name} can't hold another \${…}`)
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  if (operator === undefined && value !== undefined) return value
  if (value !== undefined && value !== '') return value
  if (operator === ':-') return operand
  if (operator === ':?' && operand !== '') throw new Error(`environment variable ${name}: ${operand}`)
  throw new Error(`environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`)
}
