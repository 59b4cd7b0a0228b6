/**
 * The few messages of opentelemetry/proto (logs/v1, common/v1, resource/v1) that a log needs, in protobuf's wire
 * format. Field numbers are those of the .proto files of version 1.
 */
import { ByteWriter } from '../../../src/lib/byte-writer.ts'
import { Cursor } from './cursor.ts'

export interface Resource {
  readonly resource: { readonly attributes: readonly KeyValue[] }
  readonly scopeLogs: readonly [{ readonly scope: { readonly name: string } }]
}

interface KeyValue {
  readonly key: string
  readonly value: { readonly stringValue: string }
}

/** Appends a record to the `log_records` (2) of a `ScopeLogs`. `json`: the record as the format `otel` writes it. */
export function createRecordWriter(): (json: Buffer, out: ByteWriter) => undefined {
  const record = new ByteWriter()
  const cursor = new Cursor()

  const attribute = () => {
    cursor.skip('{"key":')
    // These are names of the format and digits of a time, so nothing in them is escaped.
    cursor.text()
    const { bytes: json, from, to } = cursor
    const isText = cursor.skips(',"value":{"stringValue":')
    if (isText) cursor.text()
    else cursor.skip(',"value":{"boolValue":')
    const size = isText ? 1 + sized(cursor.to - cursor.from) : 2
    tag(record, 6, LENGTH)
    varint(record, 1 + sized(to - from) + 1 + sized(size))
    nested(record, 1, json, from, to)
    tag(record, 2, LENGTH)
    varint(record, size)
    if (isText) said(1)
    else {
      tag(record, 2, VARINT)
      const flag = cursor.skips('true')
      if (!flag) cursor.skip('false')
      record.byte(flag ? 1 : 0)
    }
    cursor.skip('}}')
  }
  const said = (field: number) => nested(record, field, cursor.bytes, cursor.from, cursor.to)
  const text = () => {
    cursor.text()
    return cursor.bytes.toString('latin1', cursor.from, cursor.to)
  }

  return (json, out) => {
    record.clear()
    cursor.open(json)
    cursor.skip('{')
    if (cursor.skips('"timeUnixNano":')) fixed64(record, 1, text())
    cursor.skips(',')
    cursor.skip('"observedTimeUnixNano":')
    const observed = text()
    if (cursor.skips(',"severityNumber":')) {
      tag(record, 2, VARINT)
      varint(record, cursor.number())
    }
    if (cursor.skips(',"severityText":')) {
      cursor.text()
      said(3)
    }
    if (cursor.skips(',"body":{"stringValue":')) {
      cursor.text()
      tag(record, 5, LENGTH)
      varint(record, 1 + sized(cursor.to - cursor.from))
      said(1)
      cursor.skip('}')
    }
    cursor.skip(',"attributes":[')
    do attribute()
    while (cursor.skips(','))
    fixed64(record, 11, observed)
    cursor.skip('],"eventName":')
    cursor.text()
    said(12)
    cursor.skip('}')
    nested(out, 2, record.written())
  }
}

/**
 * What precedes `recordBytes` bytes of records, which end the message: an `ExportLogsServiceRequest` with its one
 * `ResourceLogs` (1), which has a `resource` (1) and one `ScopeLogs` (2), which has a `scope` (1).
 */
export function headOf({ resource, scopeLogs }: Resource, recordBytes: number): Buffer {
  const scope = made((out) =>
    nested(
      out,
      1,
      made((name) => text(name, 1, scopeLogs[0].scope.name)),
    ),
  )
  const attributes = made((out) => {
    for (const attribute of resource.attributes) keyValue(out, 1, attribute)
  })
  const about = made((out) => nested(out, 1, attributes))
  const logsBytes = scope.length + recordBytes
  return made((out) => {
    tag(out, 1, LENGTH)
    varint(out, about.length + 1 + sized(logsBytes))
    out.bytes(about)
    tag(out, 2, LENGTH)
    varint(out, logsBytes)
    out.bytes(scope)
  })
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

function nested(out: ByteWriter, field: number, message: Uint8Array, from = 0, to = message.length): void {
  tag(out, field, LENGTH)
  varint(out, to - from)
  out.bytes(message, from, to)
}

function text(out: ByteWriter, field: number, value: string): void {
  tag(out, field, LENGTH)
  varint(out, Buffer.byteLength(value))
  out.text(value)
}

function fixed64(out: ByteWriter, field: number, digits: string): void {
  tag(out, field, FIXED64)
  const value = Buffer.allocUnsafe(8)
  value.writeBigUInt64LE(BigInt(digits))
  out.bytes(value)
}

/** `key` (1) and `value` (2), which is an `AnyValue` with its `string_value` (1). */
function keyValue(out: ByteWriter, field: number, { key, value }: KeyValue): void {
  const any = made((inner) => text(inner, 1, value.stringValue))
  const pair = made((inner) => {
    text(inner, 1, key)
    nested(inner, 2, any)
  })
  nested(out, field, pair)
}

/** Size of `length` bytes together with their length prefix. */
function sized(length: number): number {
  let bytes = 1
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) bytes++
  return bytes + length
}
