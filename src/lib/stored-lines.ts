/** The lines of a written file or object, as events. */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import Papa from 'papaparse'
import { messageOf } from '../errors.ts'
import type { LineFormat } from '../formats/format.ts'
import { readNativeLine, readRow, type StoredEvent } from '../formats/read-back.ts'
import { unlessGone } from './unless-gone.ts'

/** `name` ends in `.gz` or `.zst` when it is compressed. A text tells where a line is that holds no event. */
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
  if (!/\.(gz|zst)$/.test(name)) return bytes
  const decoder = name.endsWith('.gz') ? createGunzip() : createZstdDecompress()
  bytes.on('error', (error) => decoder.destroy(error))
  return bytes.pipe(decoder)
}

/** What follows the last line end is being written now. */
async function* nativeLines(bytes: Readable): AsyncGenerator<StoredEvent | undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield readNativeLine(line)
  }
}

async function* csvRows(bytes: Readable): AsyncGenerator<StoredEvent | undefined> {
  const rows = Papa.parse(Papa.NODE_STREAM_INPUT, { header: true, skipEmptyLines: true })
  bytes.on('error', (error) => rows.destroy(error))
  for await (const row of bytes.pipe(rows)) yield readRow(row as Record<string, string>)
}

/** A rotated file under whichever of its names it is there: the plain one is deleted when the compressed one is whole. */
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
