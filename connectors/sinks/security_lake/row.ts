/** The row of an event. Alone, since the thread that makes rows needs nothing else of what puts objects together. */
import { jsonText } from '../../../src/lib/json-text.ts'

export type Row = Record<string, unknown>

/** Each character of its texts is a byte of UTF-8, and what may hold anything is JSON as text. */
export function rowOf(payload: Uint8Array): Row {
  const row: Row = JSON.parse(bufferOf(payload).toString('latin1'))
  if (row.unmapped !== undefined) row.unmapped = jsonText(row.unmapped)
  for (const resource of (row.resources ?? []) as Row[]) {
    if (resource.data !== undefined) resource.data = jsonText(resource.data)
  }
  return row
}

/** A view. */
export function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
