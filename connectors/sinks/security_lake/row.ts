/**
 * The row of an event. In a file of its own, since the thread that makes rows needs nothing else of the code that makes
 * objects.
 */
import { jsonText } from '../../../src/lib/json-text.ts'

type Row = Record<string, unknown>

/** Each character of the row's texts is one byte of UTF-8; members of any shape are JSON in a text. */
export function rowOf(payload: Uint8Array): Row {
  const row: Row = JSON.parse(bufferOf(payload).toString('latin1'))
  if (row.unmapped !== undefined) row.unmapped = jsonText(row.unmapped)
  for (const resource of (row.resources ?? []) as Row[]) {
    if (resource.data !== undefined) resource.data = jsonText(resource.data)
  }
  return row
}

/** A view, not a copy. */
export function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
