/** Kafka's primitive types, read strictly: https://kafka.apache.org/protocol#protocol_types */

export class WireReader {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  take(length: number): Buffer {
    const from = this.#pass(length)
    return this.#bytes.subarray(from, this.at)
  }

  /** Returns where these bytes begin. */
  #pass(length: number): number {
    if (length < 0 || length > this.left) throw new Error(`${length} bytes are wanted, ${this.left} are left`)
    this.at += length
    return this.at - length
  }

  #byte(): number {
    return this.#bytes[this.#pass(1)] as number
  }

  int8(): number {
    return this.#bytes.readInt8(this.#pass(1))
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#pass(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#pass(4))
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#pass(4))
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#pass(8))
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  unsigned(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new Error('a varint of more than five bytes')
  }

  /** Zigzag-encoded. */
  varint(): number {
    const value = this.unsigned()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  varlong(): bigint {
    // Nearly all are short, and adding up large numbers is expensive.
    if (this.#bytes.subarray(this.at, this.at + 4).some((byte) => byte < 0x80)) return BigInt(this.varint())
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n)
    }
    throw new Error('a varlong of more than ten bytes')
  }

  /** In a record, where a length of -1 means absent. */
  varbytes(): Buffer | null {
    const length = this.varint()
    return length === -1 ? null : this.take(length)
  }

  string(): string | null {
    const length = this.int16()
    return length === -1 ? null : this.take(length).toString()
  }

  bytes(): Buffer {
    return this.take(this.int32())
  }

  compactBytes(): Buffer | null {
    const length = this.unsigned()
    return length === 0 ? null : this.take(length - 1)
  }

  compactString(): string | null {
    return this.compactBytes()?.toString() ?? null
  }

  compactArray<Item>(read: () => Item): Item[] {
    return Array.from({ length: Math.max(0, this.unsigned() - 1) }, read)
  }

  tags(): void {
    for (let count = this.unsigned(); count > 0; count--) {
      this.unsigned()
      this.take(this.unsigned())
    }
  }

  end(): void {
    if (this.left > 0) throw new Error(`${this.left} bytes too many`)
  }
}

/** Assembles an answer. */
export const int8 = (value: number) => fixed(1, (it) => it.writeInt8(value))
export const int16 = (value: number) => fixed(2, (it) => it.writeInt16BE(value))
export const int32 = (value: number) => fixed(4, (it) => it.writeInt32BE(value))
export const int64 = (value: bigint) => fixed(8, (it) => it.writeBigInt64BE(value))

export function unsigned(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80)
  return Buffer.from([...bytes, left])
}

export function string(text: string | null): Buffer {
  return text === null ? int16(-1) : Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)])
}

export function compactString(text: string | null): Buffer {
  return text === null
    ? unsigned(0)
    : Buffer.concat([unsigned(Buffer.byteLength(text) + 1), Buffer.from(text)])
}

export function compactArray<Item>(items: readonly Item[], write: (item: Item) => readonly Buffer[]): Buffer {
  return Buffer.concat([unsigned(items.length + 1), ...items.flatMap(write)])
}

export function array<Item>(items: readonly Item[], write: (item: Item) => readonly Buffer[]): Buffer {
  return Buffer.concat([int32(items.length), ...items.flatMap(write)])
}

export const NO_TAGS = unsigned(0)

function fixed(length: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(length)
  write(bytes)
  return bytes
}
