/**
 * Assembles text as UTF-8 bytes, for work that is done for each event: joining strings instead costs kilobytes of garbage
 * per event, and twice that as soon as one of its characters isn't Latin.
 */

const FIRST_BYTES = 1 << 12
/** Bounds what is kept, so that a page of monstrous events does not hold its memory for ever. */
const KEPT_BYTES = 1 << 23
/** UTF-8 bytes of a UTF-16 unit. */
const MOST_BYTES = 3
/** Up to this length a loop over the characters beats the native calls. */
const SHORT = 40

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d

/** `\u001f` */
const MOST_ESCAPED = 6
const NO_ESCAPE = 0
const LETTER_U = 0x75
/** What stands behind the backslash for each byte, as `JSON.stringify` has it; 0 for a byte that stands for itself. */
const ESCAPES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const text = JSON.stringify(String.fromCharCode(byte))
  return text[1] === '\\' ? text.charCodeAt(2) : NO_ESCAPE
})

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

export class ByteWriter {
  size = 0
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  /** The long text written last, and where: an event often repeats a text of its record. */
  #lastLong = ''
  #lastFrom = 0
  #lastTo = 0

  clear(): void {
    this.size = 0
    this.#lastLong = ''
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  }

  /** A view; valid until something is written. */
  written(from = 0, to = this.size): Buffer {
    return this.#bytes.subarray(from, to)
  }

  /** Bytes of memory. */
  get room(): number {
    return this.#bytes.length
  }

  toString(): string {
    return this.#bytes.toString('utf8', 0, this.size)
  }

  bytes(utf8: Uint8Array, from = 0, to = utf8.length): void {
    const length = to - from
    this.#reserve(length)
    if (length > SHORT) this.#bytes.set(length === utf8.length ? utf8 : utf8.subarray(from, to), this.size)
    else {
      const [bytes, start] = [this.#bytes, this.size]
      for (let i = 0; i < length; i++) bytes[start + i] = utf8[from + i] as number
    }
    this.size += length
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.size++] = value
  }

  /** Makes an object of the members that were written from `start` on, each with a comma in front. */
  closeObject(start: number): void {
    if (this.size === start) this.byte(OPEN)
    else this.#bytes[start] = OPEN
    this.byte(CLOSE)
  }

  /** Also takes bytes as characters (`latin1`). */
  ascii(text: string): void {
    const { length } = text
    this.#reserve(length)
    if (length > SHORT) this.#bytes.write(text, this.size, 'latin1')
    else {
      const [bytes, start] = [this.#bytes, this.size]
      for (let i = 0; i < length; i++) bytes[start + i] = text.charCodeAt(i)
    }
    this.size += length
  }

  text(text: string): void {
    this.#reserve(text.length * MOST_BYTES)
    this.size += this.#bytes.write(text, this.size)
  }

  /** What `JSON.stringify(text)` gives. */
  json(text: string): void {
    if (text.length > SHORT) this.#longJson(text)
    else if (!this.#plainJson(text)) this.text(JSON.stringify(text))
  }

  /** The same for a text that is already UTF-8, without making a string of it. */
  jsonOf(utf8: Uint8Array): void {
    const { length } = utf8
    this.#reserve(length * MOST_ESCAPED + 2)
    const bytes = this.#bytes
    let at = this.size
    bytes[at++] = QUOTE
    for (let i = 0; i < length; i++) {
      const byte = utf8[i] as number
      const behind = ESCAPES[byte] as number
      if (behind === NO_ESCAPE) bytes[at++] = byte
      else {
        bytes[at++] = BACKSLASH
        bytes[at++] = behind
        if (behind === LETTER_U) at += bytes.write(`00${hex(byte)}`, at, 'latin1')
      }
    }
    bytes[at++] = QUOTE
    this.size = at
  }

  /** Answers false, and leaves nothing behind, when a character must be escaped or isn't ASCII. */
  #plainJson(text: string): boolean {
    const { length } = text
    this.#reserve(length + 2)
    const bytes = this.#bytes
    let at = this.size
    bytes[at++] = QUOTE
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit < 0x20 || unit > 0x7e || unit === QUOTE || unit === BACKSLASH) return false
      bytes[at++] = unit
    }
    bytes[at++] = QUOTE
    this.size = at
    return true
  }

  #longJson(text: string): void {
    if (text === this.#lastLong) {
      const length = this.#lastTo - this.#lastFrom
      this.#reserve(length)
      this.#bytes.copyWithin(this.size, this.#lastFrom, this.#lastTo)
      this.size += length
      return
    }
    this.#lastFrom = this.size
    this.text(JSON.stringify(text))
    this.#lastTo = this.size
    this.#lastLong = text
  }

  #reserve(more: number): void {
    const { size } = this
    if (size + more <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, size + more))
    this.#bytes.copy(larger, 0, 0, size)
    this.#bytes = larger
  }
}
