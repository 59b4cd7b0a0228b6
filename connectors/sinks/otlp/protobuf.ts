/** Protobuf's wire format: tags, varints, and fields that stand behind their length (protobuf.dev, "Encoding"). */
import { ByteWriter } from '../../../src/lib/byte-writer.ts'

/** Wire types. */
export const [VARINT, FIXED64, LENGTH] = [0, 1, 2] as const

/** What `write` writes, by itself: a message's length stands before it. */
export function made(write: (out: ByteWriter) => void): Buffer {
  const out = new ByteWriter()
  write(out)
  return out.written()
}

export function tag(out: ByteWriter, field: number, wireType: number): void {
  out.byte((field << 3) | wireType)
}

export function varint(out: ByteWriter, value: number): void {
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) out.byte((rest & 0x7f) | 0x80)
  out.byte(rest)
}

/** A field that is a message, or any other bytes. */
export function nested(
  out: ByteWriter,
  field: number,
  message: Uint8Array,
  from = 0,
  to = message.length,
): void {
  tag(out, field, LENGTH)
  varint(out, to - from)
  out.bytes(message, from, to)
}

export function text(out: ByteWriter, field: number, value: string): void {
  tag(out, field, LENGTH)
  varint(out, Buffer.byteLength(value))
  out.text(value)
}

/** `digits`: a whole number, which may be too large for a `number`. */
export function fixed64(out: ByteWriter, field: number, digits: string): void {
  tag(out, field, FIXED64)
  const value = Buffer.allocUnsafe(8)
  value.writeBigUInt64LE(BigInt(digits))
  out.bytes(value)
}

/** Size of `length` bytes together with their length prefix. */
export function sized(length: number): number {
  let bytes = 1
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) bytes++
  return bytes + length
}
