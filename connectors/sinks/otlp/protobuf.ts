/**
 * The few messages of opentelemetry/proto (logs/v1, common/v1, resource/v1) that a log needs, in protobuf's wire format.
 * Field numbers are those of the .proto files of version 1.
 */
import { ByteWriter } from '../../../src/lib/byte-writer.ts'

/** As the JSON encoding has them. */
export interface LogRecord {
  readonly timeUnixNano?: string
  readonly observedTimeUnixNano?: string
  readonly severityNumber?: number
  readonly severityText?: string
  readonly body?: AnyValue
  readonly attributes: readonly KeyValue[]
  readonly eventName?: string
}

export interface Resource {
  readonly resource: { readonly attributes: readonly KeyValue[] }
  readonly scopeLogs: readonly [{ readonly scope: { readonly name: string } }]
}

type AnyValue = { readonly stringValue: string } | { readonly boolValue: boolean }
interface KeyValue {
  readonly key: string
  readonly value: AnyValue
}

/** Appends `log_records` (2) of a `ScopeLogs`. */
export function createRecordWriter(): (record: LogRecord, out: ByteWriter) => undefined {
  const scratch = new ByteWriter()
  return (record, out) => {
    scratch.clear()
    fixed64(scratch, 1, record.timeUnixNano)
    if (record.severityNumber !== undefined) {
      tag(scratch, 2, VARINT)
      varint(scratch, record.severityNumber)
    }
    text(scratch, 3, record.severityText)
    if (record.body !== undefined) {
      tag(scratch, 5, LENGTH)
      anyValue(scratch, record.body)
    }
    for (const attribute of record.attributes) keyValue(scratch, 6, attribute)
    fixed64(scratch, 11, record.observedTimeUnixNano)
    text(scratch, 12, record.eventName)
    nested(out, 2, scratch.written())
  }
}

/** `ExportLogsServiceRequest`: its one `ResourceLogs` (1), with `resource` (1) and one `ScopeLogs` (2). */
export function wrapRecords({ resource, scopeLogs }: Resource, records: Uint8Array): Uint8Array {
  const scope = made((out) => text(out, 1, scopeLogs[0].scope.name))
  const head = made((out) => {
    for (const attribute of resource.attributes) keyValue(out, 1, attribute)
  })
  const logs = made((out) => {
    nested(out, 1, scope)
    out.bytes(records)
  })
  const all = made((out) => {
    nested(out, 1, head)
    nested(out, 2, logs)
  })
  return made((out) => nested(out, 1, all))
}

const [VARINT, FIXED64, LENGTH] = [0, 1, 2] as const

function made(write: (out: ByteWriter) => void): Buffer {
  const out = new ByteWriter()
  write(out)
  return out.written()
}

function tag(out: ByteWriter, field: number, wireType: number): void {
  out.byte((field << 3) | wireType)
}

function varint(out: ByteWriter, value: number): void {
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) out.byte((rest & 0x7f) | 0x80)
  out.byte(rest)
}

function nested(out: ByteWriter, field: number, message: Uint8Array): void {
  tag(out, field, LENGTH)
  varint(out, message.length)
  out.bytes(message)
}

function text(out: ByteWriter, field: number, value: string | undefined): void {
  if (value === undefined) return
  tag(out, field, LENGTH)
  varint(out, Buffer.byteLength(value))
  out.text(value)
}

function fixed64(out: ByteWriter, field: number, digits: string | undefined): void {
  if (digits === undefined) return
  tag(out, field, FIXED64)
  const value = Buffer.allocUnsafe(8)
  value.writeBigUInt64LE(BigInt(digits))
  out.bytes(value)
}

/** `key` (1) and `value` (2). */
function keyValue(out: ByteWriter, field: number, { key, value }: KeyValue): void {
  const inner = sizeOf(value)
  tag(out, field, LENGTH)
  varint(out, 1 + sized(key.length) + 1 + sized(inner))
  tag(out, 1, LENGTH)
  varint(out, key.length)
  // Keys are names of the format: ASCII.
  out.ascii(key)
  tag(out, 2, LENGTH)
  anyValue(out, value)
}

/** With its length in front: `string_value` (1) or `bool_value` (2). */
function anyValue(out: ByteWriter, value: AnyValue): void {
  varint(out, sizeOf(value))
  if ('stringValue' in value) text(out, 1, value.stringValue)
  else {
    tag(out, 2, VARINT)
    out.byte(value.boolValue ? 1 : 0)
  }
}

function sizeOf(value: AnyValue): number {
  return 'stringValue' in value ? 1 + sized(Buffer.byteLength(value.stringValue)) : 2
}

/** Bytes of so many bytes and their length. */
function sized(length: number): number {
  let bytes = 1
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) bytes++
  return bytes + length
}
