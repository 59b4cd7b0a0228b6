/**
 * Reads a newest-first log without ids downwards, from an upper bound to an end, and proves each second complete.
 *
 * A second is complete when one answer shows all of it and an older record (or the log's end). So an answer that
 * stops above the end is followed by a question whose bound lies right above the answer's oldest second: that
 * second is read again as a whole. This holds whether bounds are inclusive or exclusive, and whether answers are
 * pages or the whole history. When even that answer shows nothing older, its second is the *suspect*: either the
 * log ends there, or one second fills a page.
 *
 * - The suspect's answer has a continuation token: read on by token (`crowded.ts`).
 * - Else ask below the suspect. Nothing there: the log ends, and the suspect is complete unless its answer was as
 *   large as the largest ever seen (a cut page). Something there behind the suspect's own records: complete.
 *   Something there without them: the page had been cut inside the suspect: a gap, and on below it.
 *
 * Whoever passes over the bounds is read by tokens alone (`above-bound.ts`).
 */
import type { Answer, ReadRequest } from '../connector.ts'
import { isAboveBound, readAboveBound } from './above-bound.ts'
import { fingerprint } from './end-proof.ts'
import { firstShown } from './first-shown.ts'
import { createPageBuilder } from './pages.ts'
import { scanAnswer } from './scan.ts'
import { closeSuspectAtEnd, examine, lookAgain } from './suspect.ts'
import { knownFrom, misbehaved, type ReadDown, rightAbove, type Scan, SMALL_LOG, type Walk } from './walk.ts'

/** How far below the end a follow-up looks for an older record, seconds: a tight lower bound would hide it. */
const LOOK_BELOW_S = 86_400

/** Emits pages until everything down to the end is read. Throws SourceError; what was emitted stays valid. */
export async function readDown(given: ReadDown): Promise<void> {
  const it = { ...given, ask: firstShown(given.ask) }
  const page = createPageBuilder(it.position)
  const walk: Walk = {
    it,
    page,
    capacity: it.capacity ?? { rows: 0 },
    end: Number.NaN,
    suspect: undefined,
    inclusive: false,
    oldest: it.brokenOffIn ?? Infinity,
    reread: [],
    records: 0,
  }
  let { before, notBefore } = it
  let first: Scan | undefined

  for (;;) {
    const request = { before, notBefore }
    const answer = await it.ask(request)
    const isFirst = first === undefined
    if (isFirst) walk.end = it.end(answer.serverTime)
    notBefore = Math.max(0, Math.min(it.notBefore, walk.end - LOOK_BELOW_S))
    const scan = await scanAnswer(walk, request, answer)
    walk.capacity.rows = Math.max(walk.capacity.rows, scan.total)
    first ??= scan

    if (scan.older > 0 || (isFirst && it.proof?.matches(fingerprint(scan.raws)))) {
      page.addSecond(scan.tail)
      return finish(walk)
    }
    // The lower bound was an estimate, too high if our clock is ahead: ask for what it hid.
    if (scan.total === 0 && request.notBefore > Math.max(0, walk.end - 1)) continue
    if (scan.total === 0) return finishAtEndOfLog(walk, first, request)
    if (scan.unreadable === scan.total) return finishUnreadable(walk, request, answer, scan)
    if (isAboveBound(walk, request, scan)) {
      await readAboveBound(walk, request, answer, scan)
      return finish(walk)
    }
    before = await nextBound(walk, request, answer, scan)
    if (page.size() > 0) await it.emit(page.take(), false)
  }
}

/** Where to ask next, after an answer that did not show the end. */
async function nextBound(walk: Walk, request: ReadRequest, answer: Answer, scan: Scan): Promise<number> {
  const oldest = scan.tail[0]?.timestamp
  if (oldest === undefined) {
    // Known seconds only, at the bound: bounds are inclusive. One second deeper shows what is below.
    lookAgain(walk, scan)
    return knownFrom(walk) - 1
  }
  const bound = rightAbove(walk, oldest)
  if (request.before > bound) {
    walk.records -= scan.tail.length
    walk.reread = scan.tail
    walk.it.breaksOff?.(oldest)
    return bound
  }
  await examine(walk, request, answer, scan)
  return bound - 1
}

/** Nothing lies below what was read. */
async function finishAtEndOfLog(walk: Walk, first: Scan, { before }: ReadRequest): Promise<void> {
  const { it } = walk
  const newest = first.total === 0 ? it.newestKnown : undefined
  // The bound lies above a second that is known to have records: an empty answer can't be right.
  const known = newest !== undefined && newest >= walk.end ? newest : walk.oldest
  if (known < before) throw misbehaved(`it shows nothing, although second ${known} was shown before`)
  const proven = closeSuspectAtEnd(walk)
  if (proven && first.tail[0]?.timestamp === walk.oldest) it.proof?.confirm(fingerprint(first.raws))
  return finish(walk)
}

/** Nothing in the answer could be understood, so nothing tells where to read on. */
async function finishUnreadable(walk: Walk, request: ReadRequest, answer: Answer, scan: Scan): Promise<void> {
  // A second that had to be shown again is not among them: it is not whole yet.
  const isWhole = walk.oldest >= request.before
  const isSmall = scan.total < SMALL_LOG && answer.token() === undefined
  if (isWhole && isSmall && !(await showsBelow(walk, request))) {
    closeSuspectAtEnd(walk)
    return finish(walk)
  }
  await walk.it.emit(walk.page.take(), false)
  throw misbehaved(`none of its ${scan.total} records could be understood; they are kept in the quarantine`)
}

/** Whether a readable record lies at the walk's end or below: an answer that was not cut would have shown it. */
async function showsBelow({ it, end }: Walk, { notBefore }: ReadRequest): Promise<boolean> {
  const answer = await it.ask({ before: end + 1, notBefore })
  for await (const chunk of answer.records) if (chunk.some((record) => 'timestamp' in record)) return true
  return false
}

async function finish(walk: Walk): Promise<void> {
  walk.page.position = Math.min(walk.page.position, walk.end)
  await walk.it.emit(walk.page.take(), true)
}
