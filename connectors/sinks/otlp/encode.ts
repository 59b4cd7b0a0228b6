/**
 * `ExportLogsServiceRequest` of one organization. A payload is a `LogsData` with one record (format `otel`): the bytes
 * of its record are cut out and put with the others under one resource.
 */
import type { Batch, BatchEvent } from '../../../src/connector.ts'
import { logsData } from '../../../src/formats/otel.ts'
import type { ByteWriter } from '../../../src/lib/byte-writer.ts'
import { createRecordWriter, headOf, type Resource } from './log-records.ts'

interface Encoding {
  readonly contentType: string
  readonly separator: string
  readonly write: (event: BatchEvent, out: ByteWriter) => undefined
  readonly wrap: (records: Uint8Array, batch: Batch) => readonly Uint8Array[]
}

/** The specification recommends "64 MiB" to both sides ("OTLP/HTTP Request", maximum message size). */
export const LIMITS = { entry: 60 << 20, request: 64 << 20 }

export const json: Encoding = {
  contentType: 'application/json',
  separator: ',',
  write({ payload }, out) {
    out.bytes(recordOf(payload))
  },
  wrap(records, { organization }) {
    const frame = logsData(organization, [])
    const middle = frame.length - CLOSING.length
    return [Buffer.from(frame.slice(0, middle)), records, CLOSING]
  },
}

export function createProtobuf(): Encoding {
  const writeRecord = createRecordWriter()
  return {
    contentType: 'application/x-protobuf',
    separator: '',
    write({ payload }, out) {
      writeRecord(recordOf(payload), out)
    },
    wrap(records, { organization }) {
      const { resourceLogs } = JSON.parse(logsData(organization, [])) as { resourceLogs: [Resource] }
      return [headOf(resourceLogs[0], records.length), records]
    },
  }
}

/** These bytes can't occur inside a JSON string, where each quote follows a backslash. */
const OPENING = Buffer.from('"logRecords":[')
const CLOSING = Buffer.from(']}]}]}')

function recordOf(payload: Uint8Array): Buffer {
  const line = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  return line.subarray(line.indexOf(OPENING) + OPENING.length, line.length - CLOSING.length)
}
