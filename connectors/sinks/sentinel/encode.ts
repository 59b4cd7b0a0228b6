/** Rows of a stream: the payload's own bytes as members of a JSON array. */
import type { BatchEvent } from '../../../src/connector.ts'
import { rfc3339 } from '../../../src/formats/rfc3339.ts'
import type { ByteWriter } from '../../../src/lib/byte-writer.ts'

/**
 * "Service limits in Azure Monitor", Logs Ingestion API: 1 MB per call, before and after compression; 64 KB per field.
 */
export const MOST_BYTES = 1_048_576
const FIELD_BYTES = 65_536

export const LIMITS = { entry: MOST_BYTES - 2, request: MOST_BYTES }
export const separator = ','

export function wrap(rows: Uint8Array): readonly Uint8Array[] {
  return [OPEN, rows, CLOSE]
}

/** `addsTime`: the format itself has no TimeGenerated. A row is refused if Azure would cut one of its fields. */
export function createWriter(addsTime: boolean): (event: BatchEvent, out: ByteWriter) => string | undefined {
  return ({ payload, timestamp }, out) => {
    if (payload.length > FIELD_BYTES) {
      const field = largeField(payload)
      if (field !== undefined) {
        return `the field ${field} has over ${FIELD_BYTES} bytes, which Azure would cut: drop or shorten it by \`redact\``
      }
    }
    if (addsTime) {
      out.ascii(`{"TimeGenerated":"${rfc3339(timestamp)}",`)
      out.bytes(payload.subarray(1))
    } else out.bytes(payload)
    return undefined
  }
}

function largeField(payload: Uint8Array): string | undefined {
  const row = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>
  return Object.keys(row).find((name) => {
    const value = row[name]
    return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value)) > FIELD_BYTES
  })
}

const [OPEN, CLOSE] = [Buffer.from('['), Buffer.from(']')]
