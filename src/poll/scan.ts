/** Reads one answer: passes on the seconds that it shows whole, and says what it leaves open. */
import type { Answer, ReadRequest, RecordFields, SourceRecord, Unreadable } from '../connector.ts'
import { distrust, expectFalling, expectOrder, gather, holdsEnough } from './disorder.ts'
import { FINGERPRINT_LIMIT } from './end-proof.ts'
import { createSecondLimit, sizeOf } from './second-limit.ts'
import { closeSuspectAbove } from './suspect.ts'
import {
  knownFrom,
  misbehaved,
  notNewestFirst,
  OLDER_RECORDS,
  PAGE_RECORDS,
  type Scan,
  type Walk,
} from './walk.ts'

/** Bytes of their text; some records are long. */
const PAGE_BYTES = 16 * 1024 * 1024

/** In a row: a log may hold some unreadable records, but an answer with nothing else is not a log. */
const UNREADABLE_RECORDS = 100_000
const UNREADABLE_BYTES = 64 * 1024 * 1024

/** @param tail what an earlier page showed of the second in which this one begins */
export async function scanAnswer(
  walk: Walk,
  request: ReadRequest,
  answer: Answer,
  tail: RecordFields[] = [],
): Promise<Scan> {
  const { it, page } = walk
  const scan: Scan = {
    total: 0,
    unreadable: 0,
    again: [],
    tail,
    older: 0,
    isAbove: false,
    rises: 0,
    falls: 0,
    disorder: undefined,
    visible: [],
    last: Infinity,
    limit: createSecondLimit(),
    unreadableInRow: 0,
    unreadableBytes: 0,
    openBytes: 0,
    raws: [],
  }
  for (const record of tail) scan.limit.count(record.timestamp, sizeOf(record))
  for await (const chunk of answer.records) {
    for (const record of chunk) takeNext(walk, scan, record, request.before)
    if (hasShownEnough(walk, scan)) break
    if (page.size() >= PAGE_RECORDS || (scan.openBytes >= PAGE_BYTES && page.size() > 0)) {
      scan.openBytes = 0
      await it.emit(page.take(), false)
    }
    if (scan.unreadableInRow > UNREADABLE_RECORDS || scan.unreadableBytes > UNREADABLE_BYTES) {
      throw misbehaved(`${scan.unreadableInRow} of its records in a row could not be understood`)
    }
  }
  await expectOrder(walk, scan)
  expectReread(walk, scan)
  return scan
}

function takeNext(walk: Walk, scan: Scan, record: SourceRecord, before: number): void {
  scan.total++
  if ('unreadable' in record) takeUnreadable(walk, scan, record)
  else if (scan.disorder !== undefined) gather(walk, scan, record)
  else if (record.timestamp > scan.last) takeRising(walk, scan, record)
  else if (scan.older > 0) takeOlder(scan, record)
  else take(walk, scan, record, before)
}

function hasShownEnough(walk: Walk, scan: Scan): boolean {
  if (scan.older >= OLDER_RECORDS) expectFalling(walk, scan)
  return scan.disorder === undefined ? scan.older >= OLDER_RECORDS : holdsEnough(scan)
}

/** A lagging replica may show less of a second than was shown before, which would then pass for whole. */
function expectReread({ reread }: Walk, { tail }: Scan): void {
  const second = reread[0]?.timestamp
  if (tail.length < reread.length && tail[0]?.timestamp === second)
    throw misbehaved(`it shows ${tail.length} of ${reread.length} records of second ${second}`)
}

function takeUnreadable({ page }: Walk, scan: Scan, record: Unreadable): void {
  scan.unreadable++
  scan.unreadableInRow++
  scan.unreadableBytes += record.bytes.length
  scan.openBytes += record.bytes.length
  // What stands below a record that is too old is too old as well.
  if (scan.older === 0) page.addUnreadable(record)
}

/** Newer than the one before it: nothing to us between two that are too old. */
function takeRising(walk: Walk, scan: Scan, record: RecordFields): void {
  if (scan.older > 0 && record.timestamp < walk.end) {
    scan.rises++
    takeOlder(scan, record)
    return
  }
  distrust(walk, scan, notNewestFirst(record.timestamp, scan.last))
  gather(walk, scan, record)
}

function takeOlder(scan: Scan, { timestamp }: RecordFields): void {
  if (timestamp < scan.last) scan.falls++
  scan.last = timestamp
  scan.older++
}

function take(walk: Walk, scan: Scan, record: RecordFields, before: number): void {
  follow(walk, scan, record, before)
  if (!isNew(walk, scan, record)) return
  if (record.timestamp < walk.end) scan.older = 1
  else pushToTail(walk, scan, record)
}

/** What every readable record tells about the answer. */
function follow(walk: Walk, scan: Scan, record: RecordFields, before: number): void {
  const { timestamp } = record
  // The oldest second lies below the bound so that it is read again as a whole: an answer that begins below it skips it.
  const isAskedAgain = scan.last === Infinity && scan.tail.length === 0
  if (isAskedAgain && timestamp < walk.oldest && walk.oldest < before)
    throw misbehaved(`it does not show second ${walk.oldest}, which was shown before`)
  scan.last = timestamp
  scan.unreadableInRow = 0
  scan.unreadableBytes = 0
  const size = sizeOf(record)
  scan.openBytes += size
  scan.limit.count(timestamp, size)
  if (timestamp === before) walk.inclusive = true
  if (timestamp > before) scan.isAbove = true
  // Asking for `raw` makes a record build its text, which not every record is worth.
  if (scan.total > FINGERPRINT_LIMIT || scan.openBytes >= PAGE_BYTES) scan.raws = undefined
  scan.raws?.push(record.raw)
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
    expectReread(walk, scan)
    walk.page.addSecond(scan.tail)
    scan.tail = []
  }
  scan.tail.push(record)
}
