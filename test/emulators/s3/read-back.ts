/** Reads the objects of a bucket as a consumer would, by the ending of the key. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import Papa from 'papaparse'
import type { Objects, StoredObject } from './bucket.ts'

/** The object's text, decompressed. */
export function textOf({ key, body }: StoredObject): string {
  if (key.endsWith('.gz')) return gunzipSync(body).toString()
  if (key.endsWith('.zst')) return zstdDecompressSync(body).toString()
  return body.toString()
}

/** One row per event: parsed JSON lines, or CSV rows by column name. */
export function rowsOf(object: StoredObject): Record<string, unknown>[] {
  const text = textOf(object)
  if (/\.csv(\.|$)/.test(object.key)) {
    return Papa.parse<Record<string, unknown>>(text, { header: true, skipEmptyLines: true }).data
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Uids of all events in the order in which their objects arrived. */
export function uidsOf(objects: Objects): string[] {
  return [...objects.values()].flatMap(rowsOf).map((row) => String(row.uid ?? row.UID))
}
