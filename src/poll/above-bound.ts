/**
 * Answers that pass over the bound, so that no bound leads down: from a cache in between, or a server that knows tokens
 * alone. A token is believed then to lead to where its page ends.
 */
import type { Answer, ReadRequest, RecordFields } from '../connector.ts'
import { followTokens } from './follow-tokens.ts'
import { scanAnswer } from './scan.ts'
import { misbehaved, rightAbove, type Scan, SMALL_LOG, type Walk } from './walk.ts'

/**
 * Whether an answer, but for the first of a walk, begins above its bound and shows nothing that those before it did not.
 */
export function isAboveBound(walk: Walk, { before }: ReadRequest, { isAbove, tail }: Scan): boolean {
  const oldest = tail[0]?.timestamp ?? Infinity
  return isAbove && before < walk.it.before && before <= rightAbove(walk, oldest)
}

/** Gathers everything down to the end, or throws SourceError; what is visible is emitted in any case. */
export async function readAboveBound(
  walk: Walk,
  request: ReadRequest,
  answer: Answer,
  scan: Scan,
): Promise<void> {
  const { it, page } = walk
  const pageAt = followTokens(request)
  let tail = scan.tail.length > 0 ? scan.tail : [...(walk.suspect?.records ?? [])]
  walk.suspect = undefined
  const token = answer.token()
  if (token === undefined && !answer.isPaged && scan.total >= SMALL_LOG) return refuse(walk, request, tail)
  let next = pageAt(token)
  while (typeof next === 'object') {
    const following = await it.ask(next)
    const { older, tail: open } = await scanAnswer(walk, next, following, tail)
    tail = open
    if (older > 0) return page.addSecond(tail)
    if (page.size() > 0) await it.emit(page.take(), false)
    next = pageAt(following.token())
  }
  if (next !== 'end') return refuse(walk, request, tail)
  page.addSecond(tail)
}

/** The second at the end may go on: it is passed on as far as it is visible, and the position stays above it. */
async function refuse(
  { it, page }: Walk,
  { before }: ReadRequest,
  tail: readonly RecordFields[],
): Promise<never> {
  page.addVisible(tail)
  // A walk that comes no further would never see what has happened since it began.
  if (page.position === it.position) page.position = Number.POSITIVE_INFINITY
  await it.emit(page.take(), false)
  throw misbehaved(
    `asked for what is before second ${before}, it shows what is after it: look for a proxy that caches answers, or drops what stands behind the \`?\``,
  )
}
