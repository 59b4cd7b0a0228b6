/** NDJSON that auditferry wrote: native events, which carry their own uid. */
import { setImmediate as turn } from 'node:timers/promises'
import type { NewEvent } from '../archive/stored-archive.ts'
import { messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { native } from '../formats/native.ts'
import { withForeignLine } from '../formats/record-text.ts'
import { readNativeEvent } from '../normalise/read-event.ts'
import { FOREIGN_UID, hasOwnUid } from './own-uid.ts'
import type { FileItem, FileOrigin } from './read-file.ts'

/** A longer line is not an event. */
const LINE_LIMIT = 64 * 1024 * 1024

export async function* eventsOfLines(
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  rules: Pick<FileOrigin, 'redacted'>,
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
    return text.trim() === '' ? [] : [itemOf(text, line, rules)]
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
      const found = take()
      items.push(...found)
      // Finding out that no ordinal gives a uid takes milliseconds.
      if (found.some((item) => 'fault' in item && item.refused !== undefined)) await turn()
      from = to + 1
    }
    add(piece.subarray(from))
    if (items.length > 0) yield items
  }
  if (length > 0) yield take()
}

function itemOf(text: string, line: number, { redacted }: Pick<FileOrigin, 'redacted'>): FileItem {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { line, fault: 'is not JSON' }
  }
  try {
    const event = withForeignLine(readNativeEvent(value), text)
    if (!redacted && !hasOwnUid(event)) return { line, refused: event.uid, fault: FOREIGN_UID }
    return asArchived(event)
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
