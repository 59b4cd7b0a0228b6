/** The lines of a written file or object, as events. */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { messageOf } from '../errors.ts'
import type { LineFormat } from '../formats/format.ts'
import { readNativeLine, readRow, type StoredEvent } from '../formats/read-back.ts'
import { createDecompressor } from '../lib/compression.ts'
import { type CsvRow, createCsvReader } from '../lib/csv/reader.ts'
import { NEWLINE } from '../lib/csv/strict-row.ts'
import { unlessGone } from '../lib/unless-gone.ts'

/** `name` ends in `.gz` or `.zst` if it is compressed. Yields a text, saying where, for a line that holds no event. */
export async function* storedLines(
  name: string,
  bytes: Readable,
  format: LineFormat,
): AsyncGenerator<StoredEvent | string> {
  const plain = decompressed(name, bytes)
  let line = 0
  try {
    for await (const event of format.header === undefined ? nativeLines(plain) : csvRows(plain)) {
      line++
      const place = `${name}, event ${line}`
      yield event === undefined ? place : { ...event, place }
    }
  } catch (error) {
    yield `${name}, behind event ${line}: ${messageOf(error)}`
  } finally {
    bytes.destroy()
  }
}

function decompressed(name: string, bytes: Readable): Readable {
  const decoder = createDecompressor(name)
  if (decoder === undefined) return bytes
  bytes.on('error', (error) => decoder.destroy(error))
  return bytes.pipe(decoder)
}

/** Ignores what follows the last line end, which is still being written. */
async function* nativeLines(bytes: Readable): AsyncGenerator<StoredEvent | undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield readNativeLine(line)
  }
}

/** Likewise. The parser must not guess the line end: cells of an event may hold any kind, and would decide it. */
async function* csvRows(bytes: Readable): AsyncGenerator<StoredEvent | undefined> {
  const reader = createCsvReader()
  const events = (rows: readonly CsvRow[]) =>
    rows.map((row) => ('malformed' in row ? undefined : readRow(namedCells(reader.header() ?? [], row))))
  let last: number | undefined
  for await (const chunk of bytes) {
    yield* events(reader.push(chunk as Buffer).rows)
    last = (chunk as Buffer).at(-1)
  }
  const { rows } = reader.end()
  yield* events(last === NEWLINE ? rows : rows.slice(0, -1))
}

function namedCells(header: readonly string[], row: readonly string[]): Record<string, string> {
  return Object.fromEntries(header.map((name, at) => [name, row[at] ?? '']))
}

/** Opens a rotated file under whichever of its names exists: the plain one is deleted once the compressed one is complete. */
export async function openStored(
  folder: string,
  names: readonly string[],
): Promise<{ name: string; file: FileHandle } | undefined> {
  const [plain = ''] = names.toSorted((a, b) => a.length - b.length)
  const stem = plain.replace(/(\.gz|\.zst)?(\.tmp)?$/, '')
  for (const name of [stem, `${stem}.gz`, `${stem}.zst`]) {
    const file = await unlessGone(open(join(folder, name)))
    if (file !== undefined) return { name, file }
  }
  return undefined
}
