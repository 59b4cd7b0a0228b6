/** Reads one answer: passes on the seconds that it shows whole, and says what it leaves open. */
import type { Answer, ReadRequest, RecordFields, SourceRecord } from '../connector.ts'
import type { SourceError } from '../errors.ts'
import { FINGERPRINT_LIMIT } from './end-proof.ts'
import { closeSuspectAbove } from './suspect.ts'
import { knownFrom, misbehaved, type Scan, type Walk } from './walk.ts'

/** Records of a page: a long answer becomes durable part by part. */
const PAGE_RECORDS = 500

export async function scanAnswer(walk: Walk, request: ReadRequest, answer: Answer): Promise<Scan> {
  const { it, page } = walk
  const scan: Scan = {
    total: 0,
    unreadable: 0,
    again: [],
    tail: [],
    reached: false,
    last: Infinity,
    raws: [],
  }
  for await (const chunk of answer.records) {
    for (const record of chunk) {
      scan.total++
      if ('unreadable' in record) {
        scan.unreadable++
        page.addUnreadable(record)
        continue
      }
      follow(walk, scan, record, request.before)
      if (!isNew(walk, scan, record)) continue
      if (record.timestamp < walk.end) {
        scan.reached = true
        expectOlder(walk, scan, chunk.slice(chunk.indexOf(record) + 1))
        return scan
      }
      pushToTail(walk, scan, record)
    }
    if (page.size() >= PAGE_RECORDS) await it.emit(page.take(), false)
  }
  return scan
}

/** What every readable record tells about the answer. */
function follow(walk: Walk, scan: Scan, record: RecordFields, before: number): void {
  const { timestamp } = record
  if (timestamp > scan.last) throw notNewestFirst(timestamp, scan.last)
  scan.last = timestamp
  if (timestamp === before) walk.inclusive = true
  // A record makes the text of its `raw` when it is asked for: not for every one.
  if (scan.total <= FINGERPRINT_LIMIT + 1) scan.raws.push(record.raw)
}

/** A wanted record behind the walk's end would be lost in silence: what has come already is looked at. */
function expectOlder(walk: Walk, { last }: Scan, rest: readonly SourceRecord[]): void {
  for (const record of rest) {
    if ('timestamp' in record && record.timestamp >= walk.end) throw notNewestFirst(record.timestamp, last)
  }
}

function notNewestFirst(timestamp: number, last: number): SourceError {
  return misbehaved(`records are not newest first (${timestamp} after ${last})`)
}

function isNew(walk: Walk, scan: Scan, record: RecordFields): boolean {
  if (record.timestamp < knownFrom(walk)) {
    if (walk.suspect !== undefined) closeSuspectAbove(walk, walk.suspect, scan)
    return true
  }
  if (record.timestamp === walk.suspect?.second) scan.again.push(record)
  return false
}

function pushToTail(walk: Walk, scan: Scan, record: RecordFields): void {
  walk.records++
  walk.oldest = Math.min(walk.oldest, record.timestamp)
  if (scan.tail.length > 0 && scan.tail[0]?.timestamp !== record.timestamp) {
    walk.page.addSecond(scan.tail)
    scan.tail = []
  }
  scan.tail.push(record)
}
