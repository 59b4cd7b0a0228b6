/**
 * Follows continuation tokens through a second that fills pages. Tokens may point at a position or only at a second, so
 * what they lead to is checked: pages that repeat are given up, and an edge of a page exactly at the crowded second's
 * end leaves it unproven.
 */
import type { Answer, ReadRequest, RecordFields } from '../connector.ts'
import { SourceError } from '../errors.ts'
import { followTokens } from './follow-tokens.ts'
import { createSecondLimit, type SecondLimit, sizeOf } from './second-limit.ts'
import { notNewestFirst, OLDER_RECORDS } from './walk.ts'

/** How many equal pages in a row are accepted: identical events may fill pages, or a token may lead nowhere. */
const SAME_PAGES = 8

interface CrowdedSecond {
  readonly records: readonly RecordFields[]
  /** `edge`: a page ended exactly inside it, so one more record may hide there. `open`: no page showed what is below. */
  readonly end: 'proven' | 'edge' | 'open'
}

/** @param shown what the answer to `request` showed of the second, and its token */
export async function readCrowdedSecond(
  ask: (request: ReadRequest) => Promise<Answer>,
  request: ReadRequest,
  shown: { readonly second: number; readonly records: readonly RecordFields[]; readonly token: string },
): Promise<CrowdedSecond> {
  const { second } = shown
  const pages = [shown.records]
  const limit = createSecondLimit()
  for (const record of shown.records) limit.count(second, sizeOf(record))
  let same = 0
  /** Pages may repeat each other, so each record counts as often as a single page showed it: that never invents a twin. */
  const ledNowhere = (): CrowdedSecond => ({ records: atLeast(pages), end: 'open' })
  const pageAt = followTokens(request)
  let next = pageAt(shown.token)
  while (typeof next === 'object') {
    const answer = await ask(next).catch(ifTokenExpired)
    if (answer === undefined) return ledNowhere()
    const { records, older } = await readSecond(answer, second, limit)
    // The tokens did lead on: what two pages show may be twins, and losing one is worse than showing one twice.
    if (older) return { records: [...pages.flat(), ...records], end: records.length > 0 ? 'proven' : 'edge' }
    same = sameRecords(records, pages.at(-1) ?? []) ? same + 1 : 0
    if (records.length === 0 || same > SAME_PAGES) return ledNowhere()
    pages.push(records)
    next = pageAt(answer.token())
  }
  return next === 'end' ? { records: pages.flat(), end: 'open' } : ledNowhere()
}

function atLeast(pages: readonly (readonly RecordFields[])[]): RecordFields[] {
  const most = new Map<string, readonly RecordFields[]>()
  for (const page of pages) {
    for (const [raw, twins] of Map.groupBy(page, (record) => record.raw)) {
      if (twins.length > (most.get(raw)?.length ?? 0)) most.set(raw, twins)
    }
  }
  return [...most.values()].flat()
}

async function readSecond(
  answer: Answer,
  second: number,
  limit: SecondLimit,
): Promise<{ records: RecordFields[]; older: boolean }> {
  const records: RecordFields[] = []
  let older = 0
  let last = second
  for await (const chunk of answer.records) {
    for (const record of chunk) {
      if ('unreadable' in record) continue
      if (record.timestamp < second) older++
      else if (older > 0) throw notNewestFirst(record.timestamp, last)
      else {
        if (record.timestamp === second) records.push(record)
        limit.count(second, sizeOf(record))
      }
      last = record.timestamp
    }
    if (older >= OLDER_RECORDS) break
  }
  return { records, older: older > 0 }
}

function sameRecords(left: readonly RecordFields[], right: readonly RecordFields[]): boolean {
  const sorted = (it: readonly RecordFields[]) =>
    it
      .map((record) => record.raw)
      .sort()
      .join('\n')
  return left.length === right.length && sorted(left) === sorted(right)
}

function ifTokenExpired(error: unknown): undefined {
  if (error instanceof SourceError && error.fault === 'token_expired') return undefined
  throw error
}
