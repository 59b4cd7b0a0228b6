/**
 * Rows of a CSV export, normalised and completed as a poll does it. The ordinal of twins counts within a second, so a
 * second is completed as a whole, newest first. If the file's end cuts a second, its uids are some of those that a poll
 * would give: what is missing can be added later, and nothing is invented.
 */
import type { NewEvent } from '../archive/stored-archive.ts'
import type { RecordFields, SourceRecord } from '../connector.ts'
import { OperationError } from '../errors.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { createNormaliser } from '../normalise/normalise.ts'
import { normalisePage, writeLine } from '../normalise/page.ts'
import { hasUid, ownEvent } from './own-row.ts'
import type { FileItem, FileOrigin } from './read-file.ts'

export async function* eventsOfExport(
  pieces: AsyncIterable<Buffer>,
  origin: FileOrigin,
): AsyncGenerator<FileItem[]> {
  const { definition, now } = origin
  if (definition.readExport === undefined) {
    throw new OperationError(`exports of ${definition.title} are not understood`)
  }
  const normalise = createNormaliser(origin)
  const out = new ByteWriter()
  const complete = (second: RecordFields[]): NewEvent[] =>
    normalisePage(second, normalise, now()).map((event) => {
      out.clear()
      writeLine(out, event)
      return { uid: event.uid, timestamp: event.timestamp, line: Buffer.from(out.written()) }
    })
  const seconds = createSeconds()
  let isOwn: boolean | undefined
  for await (const records of definition.readExport(pieces, latestAt(now()))) {
    const items: FileItem[] = []
    for (const record of records) {
      if ('unreadable' in record) {
        items.push(faultOf(record))
        continue
      }
      isOwn ??= hasUid(record)
      const own = isOwn ? ownEvent(record, origin, now()) : undefined
      items.push(...(own === undefined ? complete(seconds.add(record)) : [own]))
    }
    if (items.length > 0) yield items
  }
  const last: FileItem[] = complete(seconds.end())
  if (seconds.isMixed()) last.push({ line: undefined, fault: MIXED })
  yield last
}

const MIXED =
  'is not sorted by time; rows of one second that are alike and do not stand together were taken for one event'

/** A day of tolerance, since clocks differ. */
function latestAt(now: number): number {
  return Math.floor(now / 1000) + 86_400
}

function faultOf(record: Extract<SourceRecord, { unreadable: string }>): FileItem {
  return { line: record.line, fault: record.unreadable }
}

/** Gathers the rows of each second, whichever way the file is sorted. */
function createSeconds() {
  let open: RecordFields[] = []
  let direction = 0
  let mixed = false
  /** Newest first, as a poll sees them: the twin that a poll meets first has the first ordinal. */
  const close = () => {
    const second = direction > 0 ? open.reverse() : open
    open = []
    return second
  }
  return {
    /** The previous second's records, once this record belongs to another second. */
    add(record: RecordFields): RecordFields[] {
      const [first] = open
      const step = first === undefined ? 0 : Math.sign(record.timestamp - first.timestamp)
      if (step !== 0 && direction === 0) direction = step
      if (step !== 0 && step !== direction) mixed = true
      const second = step === 0 ? [] : close()
      open.push(record)
      return second
    },
    end: close,
    isMixed: () => mixed,
  }
}
