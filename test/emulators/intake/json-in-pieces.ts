/**
 * Parses JSON that contains one long list element by element: the same result as JSON.parse of the whole, in a fifth of
 * the time. For V8, turning a megabyte of UTF-8 into a string costs far more than parsing it, but a kilobyte costs next
 * to nothing.
 */
import { isUtf8 } from 'node:buffer'

/** The path to the list: names of members and positions in lists. Empty if the body itself is the list. */
export type Path = readonly (string | number)[]

/**
 * The value of the body; undefined if that isn't JSON or isn't UTF-8. Each of `paths` leads to a long list, the second
 * one from an element of the first.
 */
export function parseJson(body: Buffer, ...paths: readonly Path[]): unknown {
  return parseJsonWith(undefined, body, ...paths)
}

/** Reads an element of the innermost list; undefined for one that is left to `JSON.parse` to read or refuse. */
type ReadElement = (json: Buffer) => object | undefined

/** The same, with a reader that knows what most elements look like. */
export function parseJsonWith(
  read: ReadElement | undefined,
  body: Buffer,
  ...paths: readonly Path[]
): unknown {
  try {
    return isUtf8(body) ? parse(body, paths, read) : undefined
  } catch {
    return undefined
  }
}

/** Throws the errors of `JSON.parse`. */
function parse(body: Buffer, paths: readonly Path[], read: ReadElement | undefined): unknown {
  return (body.length > SHORT ? inPieces(body, paths, read) : undefined) ?? JSON.parse(body.toString())
}

/**
 * The start of the first element suggests what separates the elements, and parsing proves it: what is cut at a true end
 * is JSON, what is cut anywhere else is not. The rest of the body is parsed with the last element and with a mark in
 * place of the others; where the mark turns up shows that this is the requested list. Undefined if a guess was wrong.
 */
function inPieces(body: Buffer, paths: readonly Path[], read: ReadElement | undefined): unknown {
  const [path, ...inner] = paths
  if (path === undefined) return undefined
  const name = path.findLast((it) => typeof it === 'string')
  const opening = name === undefined ? '[' : `"${name}":[`
  const first = body.indexOf(opening) + opening.length
  const between = separatorOf(body, first)
  if (between === undefined || (name === undefined && first !== 1)) return undefined
  try {
    const elements: unknown[] = []
    let from = first
    for (let end = body.indexOf(between, from); end > 0; end = body.indexOf(between, from)) {
      const element = body.subarray(from, end + 1)
      elements.push((inner.length === 0 ? read?.(element) : undefined) ?? parse(element, inner, read))
      from = end + 2
    }
    const rest = Buffer.concat([body.subarray(0, first), MARK_BEFORE, body.subarray(from)])
    const whole = parse(rest, inner[0] === undefined ? [] : [[...path, 1, ...inner[0]]], read)
    const list = path.reduce<unknown>((it, step) => (it as Record<string | number, unknown>)[step], whole)
    if (!Array.isArray(list) || list[0] !== MARK) return undefined
    list.splice(0, 1, ...elements)
    return whole
  } catch {
    return undefined
  }
}

/** `},{"name"` for a list of objects, `],["` for a list of lists. */
function separatorOf(body: Buffer, first: number): string | undefined {
  if (body[first] === OPEN_LIST) return '],["'
  const end = body.indexOf('"', first + 2)
  return body[first] === OPEN_OBJECT && end > 0 ? `},${body.toString('latin1', first, end + 1)}` : undefined
}

/** In bytes: a shorter body isn't worth it. */
const SHORT = 1 << 15
const MARK = 'the elements before: 5f0e8a4c-6c36-4f0b-8f0a-3a7a7f3d6c11'
const MARK_BEFORE = Buffer.from(`"${MARK}",`)
const [OPEN_LIST, OPEN_OBJECT] = [0x5b, 0x7b] as const
