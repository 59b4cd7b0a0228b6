/**
 * Reads JSON of a known shape from left to right, as bytes: a record has some thirty texts, of which no string and no
 * object needs to be made.
 */

export class Cursor {
  /** Where the text that was read last lies, in UTF-8 without its escapes: `from` to `to`. One that had some is overwritten by the next such. */
  bytes: Buffer = NOTHING
  from = 0
  to = 0
  #room: Buffer = NOTHING
  #json: Buffer = NOTHING
  #at = 0

  open(json: Buffer): void {
    this.#json = json
    this.#at = 0
    // A monstrous record must not hold its memory for ever.
    if (this.#room.length > KEPT_BYTES) this.#room = NOTHING
  }

  /** Goes over what must stand there, else throws. ASCII. */
  skip(expected: string): void {
    if (this.skips(expected)) return
    throw new Error(`no record of the format otel: byte ${this.#at} is not ${expected}`)
  }

  /** Goes over it if it stands there. */
  skips(expected: string): boolean {
    const { length } = expected
    // What a loop reads again and again is kept beside it: a member is dearer.
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

  /** Goes over a text. */
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

  /** `first`: where its first escape is. */
  #escaped(start: number, first: number): void {
    const json = this.#json
    // What is written with escapes is longer than what they mean.
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

/** Behind the number of a character, and those right behind it: two may mean one. `at`: its `u`. */
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
/** What is meant by the letter behind a backslash (RFC 8259, 7); 0 for `u`. */
const MEANT = Uint8Array.from({ length: 128 }, (_, code) => {
  const letter = String.fromCharCode(code)
  return '"\\/bfnrt'.includes(letter) ? JSON.parse(`"\\${letter}"`).charCodeAt(0) : 0
})
