/** An answer that is not newest first shows no second as a whole; its records are gathered to its end. */
import type { RecordFields } from '../connector.ts'
import type { SourceError } from '../errors.ts'
import { sizeOf } from './second-limit.ts'
import { knownFrom, misbehaved, PAGE_RECORDS, type Scan, SMALL_LOG, type Walk } from './walk.ts'

/** All of them are held until then, and what lies beyond is not read. */
const VISIBLE_BYTES = 64 * 1024 * 1024

/** Below the end any order will do, but in a log that is oldest first the wanted records are still to come. */
export function expectFalling(walk: Walk, scan: Scan): void {
  if (scan.disorder !== undefined || scan.rises < 2 || scan.rises < 4 * scan.falls) return
  distrust(
    walk,
    scan,
    misbehaved(
      "its records are oldest first instead of newest first, so what it shows may not be all: check what answers in the source's place",
    ),
  )
}

export function distrust({ page }: Walk, scan: Scan, reason: SourceError): void {
  scan.disorder = reason
  scan.visible = [...page.takeBack(), ...scan.tail]
}

export function gather(walk: Walk, scan: Scan, record: RecordFields): void {
  if (record.timestamp < walk.end || record.timestamp >= knownFrom(walk)) return
  scan.visible.push(record)
  scan.openBytes += sizeOf(record)
}

export function holdsEnough({ openBytes }: Scan): boolean {
  return openBytes > VISIBLE_BYTES
}

/** What is visible is delivered even so. The position stays, so that it is looked at again. */
export async function expectOrder(walk: Walk, scan: Scan): Promise<void> {
  if (scan.older >= SMALL_LOG) expectFalling(walk, scan)
  if (scan.disorder === undefined) return
  const { it, page } = walk
  for (const [, second] of Map.groupBy(scan.visible.toSorted(newestFirst), ({ timestamp }) => timestamp)) {
    page.addVisible(second)
    if (page.size() >= PAGE_RECORDS) await it.emit(page.take(), false)
  }
  if (page.size() > 0) await it.emit(page.take(), false)
  throw scan.disorder
}

function newestFirst(left: RecordFields, right: RecordFields): number {
  return right.timestamp - left.timestamp
}
