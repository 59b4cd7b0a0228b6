/**
 * Single members of a native line, read without parsing the rest: a filter needs two or three of them, and the record
 * at the end of the line is most of its bytes.
 */
import type { AuditEvent } from '../event.ts'
import type { FormatName } from './format.ts'

/** Throws SyntaxError if the line is no object as the native format writes it. */
type MemberReader = (line: Uint8Array) => Record<string, unknown>

/** `names`: of top-level members of the event. Members that a line doesn't have are left out. */
export function createMemberReader(names: readonly string[]): MemberReader {
  const keys = names.map((name) => Buffer.from(name))
  // The order in a native line is documented: no wanted member comes after this one.
  const isLate = names.includes('description') || names.includes('enrichment')
  if (!names.includes('raw')) keys.push(Buffer.from(isLate ? 'raw' : 'description'))
  return (line) => {
    const found: Record<string, unknown> = {}
    if (line[0] !== OPEN) throw new SyntaxError('no event is stored here')
    let missing = names.length
    let at = 0
    while (missing > 0) {
      const keyEnd = stringEnd(line, at + 1) - 1
      const start = keyEnd + 2
      if (line[at + 1] !== QUOTE || line[start - 1] !== COLON)
        throw new SyntaxError(`no member at byte ${at}`)
      const which = keyAt(line, at + 2, keyEnd, keys)
      if (which === names.length) break
      at = valueEnd(line, start)
      if (which !== -1) {
        found[names[which] as string] = parse(line, start, at)
        missing -= 1
      }
      if (line[at] === CLOSE) break
      if (line[at] !== COMMA) throw new SyntaxError(`no value at byte ${start}`)
    }
    return found
  }
}

/** The same for an event in any format: for a native line nothing else is parsed. */
export function createFieldReader<Name extends keyof AuditEvent>(
  format: FormatName,
  names: readonly Name[],
): (it: { readonly payload: Uint8Array; readonly event: AuditEvent }) => Pick<AuditEvent, Name> {
  if (format !== 'native') return ({ event }) => event
  const read = createMemberReader(names)
  return ({ payload }) => read(payload) as Pick<AuditEvent, Name>
}

const OPEN = 0x7b
const CLOSE = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const QUOTE = 0x22
const COLON = 0x3a
const COMMA = 0x2c
const BACKSLASH = 0x5c

/** Index of the key that stands there; -1 if it is none of them. */
function keyAt(line: Uint8Array, start: number, end: number, keys: readonly Uint8Array[]): number {
  for (let which = 0; which < keys.length; which++) {
    const key = keys[which] as Uint8Array
    let i = end - start === key.length ? 0 : key.length + 1
    while (i < key.length && line[start + i] === key[i]) i += 1
    if (i === key.length) return which
  }
  return -1
}

/** The position after the closing quote of the string that begins at `start`. */
function stringEnd(line: Uint8Array, start: number): number {
  for (let at = start + 1; at < line.length; at++) {
    const byte = line[at]
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH) at += 1
  }
  throw new SyntaxError(`the text at byte ${start} has no end`)
}

function valueEnd(line: Uint8Array, start: number): number {
  if (line[start] === QUOTE) return stringEnd(line, start)
  let depth = 0
  for (let at = start; at < line.length; at++) {
    const byte = line[at]
    if (byte === QUOTE) at = stringEnd(line, at) - 1
    else if (byte === OPEN || byte === OPEN_LIST) depth += 1
    else if (depth === 0 && (byte === COMMA || byte === CLOSE)) return at
    else if (byte === CLOSE || byte === CLOSE_LIST) depth -= 1
  }
  throw new SyntaxError(`the value at byte ${start} has no end`)
}

function parse(line: Uint8Array, start: number, end: number): unknown {
  if (end - start > LONG) return JSON.parse(decoder.decode(line.subarray(start, end)))
  const { ascii, plain } = kindOf(line, start + 1, end - 1)
  if (!ascii) return JSON.parse(decoder.decode(line.subarray(start, end)))
  if (plain && line[start] === QUOTE) return latin1(line, start + 1, end - 1)
  return JSON.parse(latin1(line, start, end))
}

/** From this many bytes on a decoder is cheaper than looking at each. */
const LONG = 200

/** `plain`: without escapes. */
function kindOf(line: Uint8Array, start: number, end: number): { ascii: boolean; plain: boolean } {
  let plain = true
  for (let at = start; at < end; at++) {
    const byte = line[at] as number
    if (byte > 0x7e) return { ascii: false, plain }
    if (byte === BACKSLASH) plain = false
  }
  return { ascii: true, plain }
}

/** Far cheaper than a decoder for such a short text. */
function latin1(line: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(line, start, end)
}

const decoder = new TextDecoder()
