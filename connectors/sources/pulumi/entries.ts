/**
 * Streaming reader of the JSON list: returns the entries of `auditLogEvents` while the answer is still arriving, so
 * that a whole history in one answer needs no more memory than a page. It only finds where an entry ends; its content
 * is left to JSON.parse.
 */

export interface EntryReader {
  /** The bytes of the entries that this piece completes. */
  push(piece: Buffer): Buffer[]
  /** The answer with an empty list in place of the entries. Throws SyntaxError if it is incomplete or not JSON. */
  end(): unknown
}

/** Limit of what is still open, an entry or the rest of the answer, in bytes. */
const OPEN_LIMIT = 32 * 1024 * 1024

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const LIST_KEY = /(?<!\\)"auditLogEvents"\s*:\s*\[$/

export function createEntryReader(): EntryReader {
  const envelope: Buffer[] = []
  let envelopeBytes = 0
  let open: Buffer[] = []
  let openBytes = 0
  let depth = 0
  let isInString = false
  let isEscaped = false
  let isInList = false

  /** Everything since the last cut, up to `to` in this piece. */
  function cut(piece: Buffer, from: number, to: number): Buffer {
    const tail = piece.subarray(from, to)
    if (open.length === 0) return tail
    const whole = Buffer.concat([...open, tail])
    open = []
    openBytes = 0
    return whole
  }

  function keep(tail: Buffer): void {
    open.push(tail)
    openBytes += tail.length
    if (openBytes > OPEN_LIMIT) throw new SyntaxError('an entry of the answer is longer than 32 MiB')
  }

  /** The position after the string that is open at `start`, or the piece's end. */
  function skipString(piece: Buffer, start: number): number {
    for (let at = start; at < piece.length; at++) {
      const byte = piece[at]
      if (isEscaped) isEscaped = false
      else if (byte === BACKSLASH) isEscaped = true
      else if (byte === QUOTE) {
        isInString = false
        return at + 1
      }
    }
    return piece.length
  }

  /** Cuts at a comma or bracket that bounds an entry or the list; returns where the next part begins. */
  function bound(piece: Buffer, from: number, at: number, entries: Buffer[]): number {
    const byte = piece[at]
    if (byte === OPEN_LIST) {
      depth++
      if (depth !== 2 || isInList) return from
      const before = cut(piece, from, at + 1)
      envelope.push(before)
      envelopeBytes += before.length
      if (envelopeBytes > OPEN_LIMIT) throw new SyntaxError('holds more than 32 MiB beside its entries')
      isInList = LIST_KEY.test(before.toString('latin1'))
      return at + 1
    }
    const isEntryEnd = isInList && depth === 2
    if (byte === CLOSE_LIST) depth--
    if (!isEntryEnd) return from
    const entry = cut(piece, from, at)
    if (byte === COMMA || !isBlank(entry)) entries.push(entry)
    isInList = byte === COMMA
    return isInList ? at + 1 : at
  }

  function push(piece: Buffer): Buffer[] {
    const entries: Buffer[] = []
    let from = 0
    for (let at = isInString ? skipString(piece, 0) : 0; at < piece.length; at++) {
      const byte = piece[at]
      if (byte === QUOTE) {
        isInString = true
        at = skipString(piece, at + 1) - 1
      } else if (byte === OPEN_OBJECT) depth++
      else if (byte === CLOSE_OBJECT) depth--
      else if (byte === COMMA || byte === OPEN_LIST || byte === CLOSE_LIST) {
        from = bound(piece, from, at, entries)
      }
    }
    keep(piece.subarray(from))
    return entries
  }

  function end(): unknown {
    // A proxy or a file may have added a byte order mark, which the decoder drops and JSON.parse refuses.
    const text = new TextDecoder().decode(Buffer.concat([...envelope, ...open]))
    try {
      return JSON.parse(text)
    } catch {
      // JSON.parse would give a position in what is left without the entries.
      const isCut = depth > 0 || isInString || text.trim() === ''
      throw new SyntaxError(isCut ? 'broke off before its end' : 'is not valid JSON')
    }
  }

  return {
    push,
    end,
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length < 64 && bytes.toString('latin1').trim() === ''
}
