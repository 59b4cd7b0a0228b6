/** The row of an event. Alone, since the thread that makes rows needs nothing else of what puts objects together. */
import { jsonText } from '../../../src/lib/json-text.ts'

export type Row = Record<string, unknown>

/** What may hold anything is JSON as text in it. */
export function rowOf(payload: Uint8Array): Row {
  const row: Row = JSON.parse(bufferOf(payload).toString())
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
