/**
 * Reads JSON of a known shape from left to right, as bytes: a record has some thirty strings, and this way none of them
 * becomes a JavaScript string or object.
 */

export class Cursor {
  /**
   * Holds the text read last, as UTF-8 without its escapes, from `from` to `to`. A text that had escapes is overwritten
   * by the next such text.
   */
  bytes: Buffer = NOTHING
  from = 0
  to = 0
  #room: Buffer = NOTHING
  #json: Buffer = NOTHING
  #at = 0

  open(json: Buffer): void {
    this.#json = json
    this.#at = 0
    // A huge record must not keep its memory for ever.
    if (this.#room.length > KEPT_BYTES) this.#room = NOTHING
  }

  /** Skips `expected`, which is ASCII; throws if something else stands here. */
  skip(expected: string): void {
    if (this.skips(expected)) return
    throw new Error(`no record of the format otel: byte ${this.#at} is not ${expected}`)
  }

  /** Skips `expected` if it stands here. */
  skips(expected: string): boolean {
    const { length } = expected
    // Locals, because the loop reads them again and again and a member costs more.
    const [bytes, start] = [this.#json, this.#at]
    for (let i = 0; i < length; i++) if (bytes[start + i] !== expected.charCodeAt(i)) return false
    this.#at = start + length
    return true
  }

  /** A whole number, not below 0. */
  number(): number {
    const json = this.#json
    let value = 0
    for (; isDigit(json[this.#at]); this.#at++) value = value * 10 + (json[this.#at] as number) - ZERO
    return value
  }

  /** Reads a text. */
  text(): void {
    this.skip('"')
    const [json, start] = [this.#json, this.#at]
    let end = start
    for (let byte = json[end]; byte !== QUOTE && byte !== BACKSLASH; byte = json[++end]) {
      if (byte === undefined) throw new Error(ENDLESS)
    }
    this.#at = end + 1
    if (json[end] === QUOTE) this.#lies(json, start, end)
    else this.#escaped(start, end)
  }

  /** `first`: position of the first escape. */
  #escaped(start: number, first: number): void {
    const json = this.#json
    // Escaped text is longer than what it stands for.
    if (this.#room.length < json.length) this.#room = Buffer.allocUnsafeSlow(json.length)
    const room = this.#room
    let size = json.copy(room, 0, start, first)
    let at = first
    for (let byte = json[at]; byte !== QUOTE; byte = json[++at]) {
      if (byte === undefined) throw new Error(ENDLESS)
      const meant = byte === BACKSLASH ? (MEANT[json[++at] as number] as number) : byte
      if (meant !== 0) room[size++] = meant
      else {
        const end = numbersEnd(json, at)
        size += room.write(JSON.parse(`"${json.toString('latin1', at - 1, end)}"`), size)
        at = end - 1
      }
    }
    this.#at = at + 1
    this.#lies(room, 0, size)
  }

  #lies(bytes: Buffer, from: number, to: number): void {
    this.bytes = bytes
    this.from = from
    this.to = to
  }
}

const ENDLESS = 'no record of the format otel: a text has no end'

/**
 * The end of a `\u` escape and of those that directly follow it: two of them may be one character. `at`: position of
 * its `u`.
 */
function numbersEnd(json: Buffer, at: number): number {
  let end = at + 5
  while (json[end] === BACKSLASH && json[end + 1] === json[at]) end += 6
  return end
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9
}

const NOTHING = Buffer.alloc(0)
const [QUOTE, BACKSLASH, ZERO, KEPT_BYTES] = [0x22, 0x5c, 0x30, 1 << 16] as const
/** What the letter after a backslash means (RFC 8259, 7); 0 for `u`. */
const MEANT = Uint8Array.from({ length: 128 }, (_, code) => {
  const letter = String.fromCharCode(code)
  return '"\\/bfnrt'.includes(letter) ? JSON.parse(`"\\${letter}"`).charCodeAt(0) : 0
})
