/** The suspect: a second that an answer ended with, asked for from right above it. Whole, or cut by a page's size? */
import type { Answer, ReadRequest } from '../connector.ts'
import { readCrowdedSecond } from './crowded.ts'
import { type Scan, SMALL_LOG, type Suspect, type Walk } from './walk.ts'

/** The answer asked for from right above its oldest second showed that second and nothing older. */
export async function examine(walk: Walk, request: ReadRequest, answer: Answer, scan: Scan): Promise<void> {
  const { it, page } = walk
  const second = scan.tail[0]?.timestamp ?? request.before
  const token = answer.token()
  if (token !== undefined) {
    const { records, end } = await readCrowdedSecond(it.ask, request, { second, records: scan.tail, token })
    const reason = 'a page of the source ends exactly inside this crowded second'
    if (end === 'open') walk.suspect = { second, records, mayBeCut: true }
    else page.addSecond(records, end === 'edge' ? { second, reason } : undefined)
    return
  }
  walk.suspect = { second, records: scan.tail, mayBeCut: isAsLargeAsAny(walk, scan) }
}

/** Inclusive bounds show the suspect once more, with no newer second before it: that look is the better one. */
export function lookAgain(walk: Walk, scan: Scan): void {
  const { suspect } = walk
  if (suspect === undefined || scan.again.length < suspect.records.length) return
  walk.suspect = { ...suspect, records: scan.again, mayBeCut: suspect.mayBeCut && isAsLargeAsAny(walk, scan) }
}

function isAsLargeAsAny(walk: Walk, scan: Scan): boolean {
  return scan.total >= walk.capacity.rows && walk.records >= SMALL_LOG
}

/** An older record follows: the suspect is whole if its records stood before it in the same answer. */
export function closeSuspectAbove(walk: Walk, suspect: Suspect, scan: Scan): void {
  walk.suspect = undefined
  if (scan.again.length > 0) walk.page.addSecond(scan.again)
  else
    walk.page.addSecond(suspect.records, {
      second: suspect.second,
      reason: 'this one second fills a page of the source',
    })
}

/** Answers whether the suspect was proven complete. */
export function closeSuspectAtEnd(walk: Walk): boolean {
  const { suspect } = walk
  if (suspect === undefined) return true
  walk.suspect = undefined
  const reason = 'it is the oldest second of the log and fills a page of the source'
  walk.page.addSecond(suspect.records, suspect.mayBeCut ? { second: suspect.second, reason } : undefined)
  return !suspect.mayBeCut
}
