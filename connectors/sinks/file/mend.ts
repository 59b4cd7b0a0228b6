/** A writer that was killed leaves part of a line. Its events were never reported as delivered. */
import type { FileHandle } from 'node:fs/promises'
import { OperationError } from '../../../src/errors.ts'
import type { LineFormat } from '../../../src/formats/format.ts'
import { endOfLastLine, readAt } from '../../../src/lib/file-tail.ts'
import { createCsvScanner, mayHold } from './encode.ts'

/** Cuts a torn last line off; answers how many bytes went. Throws if the file holds something else. */
export async function mendTornLine(handle: FileHandle, format: LineFormat): Promise<number> {
  const { size } = await handle.stat()
  if (size === 0) return 0
  // Another format's file would look like one long torn line.
  if (!mayHold(await readAt(handle, 0, START), format)) {
    throw new OperationError(
      `the file holds something else than ${format.name}; move it away or choose another path`,
    )
  }
  // Without quoting a line feed is always a line's end, so looking at the tail is enough.
  const end = format.header === undefined ? await endOfLastLine(handle, size) : await endOfLastRow(handle)
  if (end === size) return 0
  await handle.truncate(end)
  await handle.datasync()
  return size - end
}

async function endOfLastRow(handle: FileHandle): Promise<number> {
  const scanner = createCsvScanner()
  const bytes = handle.createReadStream({ start: 0, autoClose: false })
  for await (const chunk of bytes) scanner.push(chunk as Buffer)
  return scanner.end()
}

/** No header is longer. */
const START = 1 << 12
