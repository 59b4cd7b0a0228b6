/**
 * The few messages of opentelemetry/proto (logs/v1, common/v1, resource/v1) that a log needs, as protobuf. Field numbers
 * are those of the .proto files of version 1.
 */
import { ByteWriter } from '../../../src/lib/byte-writer.ts'
import { Cursor } from './cursor.ts'
import { fixed64, LENGTH, made, nested, sized, tag, text, VARINT, varint } from './protobuf.ts'

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
  const digits = () => {
    cursor.text()
    return cursor.bytes.toString('latin1', cursor.from, cursor.to)
  }

  return (json, out) => {
    record.clear()
    cursor.open(json)
    cursor.skip('{')
    if (cursor.skips('"timeUnixNano":')) fixed64(record, 1, digits())
    cursor.skips(',')
    cursor.skip('"observedTimeUnixNano":')
    const observed = digits()
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
  const named = made((out) => text(out, 1, scopeLogs[0].scope.name))
  const scope = made((out) => nested(out, 1, named))
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

/** `key` (1) and `value` (2), which is an `AnyValue` with its `string_value` (1). */
function keyValue(out: ByteWriter, field: number, { key, value }: KeyValue): void {
  const any = made((inner) => text(inner, 1, value.stringValue))
  const pair = made((inner) => {
    text(inner, 1, key)
    nested(inner, 2, any)
  })
  nested(out, field, pair)
}
