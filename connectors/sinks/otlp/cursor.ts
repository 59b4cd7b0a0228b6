/**
 * Reads JSON of a known shape from left to right, as bytes: a record has some thirty texts, of which no string and no
 * object needs to be made.
 */

export interface Cursor {
  open(json: Buffer): void
  /** Goes over what must stand there, else throws. ASCII. */
  skip(expected: string): void
  /** Goes over it if it stands there. */
  skips(expected: string): boolean
  /** A whole number, not below 0. */
  number(): number
  /** UTF-8 of a text, without its escapes; one that had some is valid until the next such one is read. */
  text(): Buffer
}

export function createCursor(): Cursor {
  const plain = Buffer.allocUnsafeSlow(KEPT_BYTES)
  let json: Buffer = Buffer.alloc(0)
  let at = 0

  const skips = (expected: string) => {
    const { length } = expected
    // What a loop reads again and again is kept beside it: a variable of the closure is dearer.
    const [bytes, start] = [json, at]
    for (let i = 0; i < length; i++) if (bytes[start + i] !== expected.charCodeAt(i)) return false
    at = start + length
    return true
  }
  const skip = (expected: string) => {
    if (!skips(expected)) throw new Error(`no record of the format otel: byte ${at} is not ${expected}`)
  }
  return {
    open(bytes) {
      json = bytes
      at = 0
    },
    skip,
    skips,
    number() {
      let value = 0
      for (; isDigit(json[at]); at++) value = value * 10 + (json[at] as number) - ZERO
      return value
    },
    text() {
      skip('"')
      const [bytes, start] = [json, at]
      const { length } = bytes
      let isPlain = true
      let end = start
      for (; end < length && bytes[end] !== QUOTE; end++) {
        if (bytes[end] !== BACKSLASH) continue
        isPlain = false
        end++
      }
      if (end >= length) throw new Error('no record of the format otel: a text has no end')
      at = end + 1
      if (isPlain) return bytes.subarray(start, end)
      const room = end - start > KEPT_BYTES ? Buffer.allocUnsafe(end - start) : plain
      return unescaped(bytes, start, end, room)
    },
  }
}

/** Into `out`, which has room for it. */
function unescaped(json: Buffer, start: number, end: number, out: Buffer): Buffer {
  let size = 0
  for (let at = start; at < end; at++) {
    let byte = json[at] as number
    if (byte === BACKSLASH) {
      byte = MEANT[json[++at] as number] as number
      // Of the number of a character there may be two: what knows how to put them together does it.
      if (byte === 0) return Buffer.from(JSON.parse(json.toString('utf8', start - 1, end + 1)) as string)
    }
    out[size++] = byte
  }
  return out.subarray(0, size)
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9
}

/** Longer texts are seldom, and get memory of their own. */
const KEPT_BYTES = 1 << 16
const [QUOTE, BACKSLASH, ZERO] = [0x22, 0x5c, 0x30] as const
/** What is meant by the letter behind a backslash (RFC 8259, 7); 0 for `u`. */
const MEANT = Uint8Array.from({ length: 128 }, (_, code) => {
  const letter = String.fromCharCode(code)
  return '"\\/bfnrt'.includes(letter) ? JSON.parse(`"\\${letter}"`).charCodeAt(0) : 0
})
