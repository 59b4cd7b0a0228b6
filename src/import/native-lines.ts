/** NDJSON that auditferry wrote: native events, which bring their own uid. */
import type { NewEvent } from '../archive/stored-archive.ts'
import { messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { native } from '../formats/native.ts'
import { withForeignLine } from '../formats/record-text.ts'
import { readNativeEvent } from '../normalise/read-event.ts'
import type { FileItem } from './read-file.ts'

/** A line that is longer is no event. */
const LINE_LIMIT = 64 * 1024 * 1024

export async function* eventsOfLines(
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<FileItem[]> {
  let line = 0
  let parts: Buffer[] = []
  let length = 0
  const take = (): FileItem[] => {
    line++
    const text =
      length > LINE_LIMIT
        ? undefined
        : Buffer.concat(parts)
            .toString('utf8')
            .replace(/^\uFEFF/, '')
    parts = []
    length = 0
    if (text === undefined) return [{ line, fault: 'is longer than 64 MiB' }]
    return text.trim() === '' ? [] : [itemOf(text, line)]
  }
  const add = (part: Buffer) => {
    length += part.length
    if (length <= LINE_LIMIT) parts.push(part)
  }
  for await (const piece of pieces) {
    const items: FileItem[] = []
    let from = 0
    for (let to = piece.indexOf(LINE_FEED); to !== -1; to = piece.indexOf(LINE_FEED, from)) {
      add(piece.subarray(from, to))
      items.push(...take())
      from = to + 1
    }
    add(piece.subarray(from))
    if (items.length > 0) yield items
  }
  if (length > 0) yield take()
}

function itemOf(text: string, line: number): FileItem {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { line, fault: 'is not JSON' }
  }
  try {
    return asArchived(withForeignLine(readNativeEvent(value), text))
  } catch (error) {
    return { line, fault: messageOf(error) }
  }
}

/** With its members in their order, whoever wrote it. */
export function asArchived(event: AuditEvent): NewEvent {
  return { uid: event.uid, timestamp: event.timestamp, line: Buffer.from(native.encode(event)) }
}

export function linesOf(events: readonly NewEvent[]): Buffer {
  const end = Buffer.of(LINE_FEED)
  return Buffer.concat(events.flatMap(({ line }) => [line, end]))
}

const LINE_FEED = 0x0a
