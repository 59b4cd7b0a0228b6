/**
 * Reads an old range in parts, some at a time. Each page is durable together with its part's position: whoever takes
 * the backfill up again goes on where every part was.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { SourceError } from '../errors.ts'
import { backoffMs } from '../lib/backoff.ts'
import { type BackfillPart, type BackfillState, isUnderWay } from '../spool/backfill-state.ts'
import type { SourceState, Store } from '../spool/store.ts'
import { createEndProof } from './end-proof.ts'
import type { Page } from './pages.ts'
import { readDown } from './reader.ts'
import type { SourceBook, SpoolPage } from './source-book.ts'
import { lowerBound } from './walk-end.ts'
import { byWholeMinutes, minuteAfter, minuteBefore } from './whole-minutes.ts'

export interface BackfillRange {
  /** Unix seconds, [from, to). */
  readonly from: number
  readonly to: number
  readonly parallel: number
}

/** Parts of different density end at different times: a walk that has none left takes half of another's. */
const PARTS_A_WALK = 2
/** A part costs a question or two more than the events in it. */
const SHORTEST_PART_S = 600

export function planBackfill({ from, to, parallel }: BackfillRange, startedAt: number): BackfillState {
  const [first, last] = [minuteBefore(from), minuteAfter(to)]
  const wanted = parallel === 1 ? 1 : parallel * PARTS_A_WALK
  const count = Math.max(1, Math.min(wanted, Math.floor((last - first) / SHORTEST_PART_S)))
  const edge = (at: number) => (at === 0 ? last : minuteBefore(last - ((last - first) * at) / count))
  const parts = Array.from({ length: count }, (_, at) => {
    const upper = edge(at)
    return { from: edge(at + 1), to: upper, position: upper }
  })
  const counts = { polled: 0, spooled: 0, gaps: 0, unreadable: 0, unclear: 0 }
  return { from, to, parallel, parts, ...counts, startedAt }
}

export interface PartReader {
  readonly id: string
  readonly book: SourceBook
  readonly store: Store
  readonly now: () => number
  readonly random: () => number
}

/** Walks every part of the source's backfill that is not done. Throws what keeps it from going on. */
export async function walkBackfill(it: PartReader, spoolPage: SpoolPage, signal: AbortSignal): Promise<void> {
  const { backfill } = it.book.state()
  if (!isUnderWay(backfill)) return
  const partAt = (at: number) => it.book.state().backfill?.parts[at] ?? { from: 0, to: 0, position: 0 }
  const walk = async (at: number, ending: AbortSignal) => {
    const spool = async (page: Page) => {
      // What another walk has taken over meanwhile is not this one's any more.
      const cut: SpoolPage = (whole, state, _, signal) => {
        const own = cutAt(whole, state.backfill?.parts[at]?.from ?? 0)
        const next = (after: SourceState, before: SourceState) => advanced(after, before, at, own, it.now())
        return spoolPage(own, state, next, signal)
      }
      await it.book.spool(cut, page, (after) => after, ending)
      if (!isOpen(partAt(at))) throw new PartTaken()
    }
    await readPart(it, partAt(at), spool, ending).catch(ifTaken)
  }
  const split = async (): Promise<number | undefined> => {
    let at: number | undefined
    const { backfill } = it.book.state()
    if (backfill === undefined || splitLargest(backfill) === undefined) return undefined
    await it.book.change((state) => {
      const halved = state.backfill && splitLargest(state.backfill)
      at = halved && halved.parts.length - 1
      return halved === undefined ? state : { ...state, backfill: halved }
    })
    return at
  }
  const open = [...backfill.parts.keys()].filter((at) => isOpen(partAt(at)))
  await walkParts(it, open, backfill.parallel, walk, signal, split)
}

/** The rest of a part has become another's; all that is left of it has been read. */
class PartTaken extends Error {
  override readonly name = 'PartTaken'
}

function ifTaken(error: unknown): void {
  if (!(error instanceof PartTaken)) throw error
}

function cutAt(page: Page, from: number): Page {
  if (page.position >= from) return page
  const records = page.records.filter(({ timestamp }) => timestamp >= from)
  return { ...page, records, gaps: page.gaps.filter(({ second }) => second >= from), position: from }
}

/** A half that is not worth the questions that a part costs more: of the whole range, and in seconds. */
const LEAST_SHARE = 1 / 64
const LEAST_REST_S = 240
const MOST_PARTS = 256

/** An idle walk takes over the older half of what most is left of; undefined where that is too little. */
export function splitLargest(backfill: BackfillState): BackfillState | undefined {
  const { parts, from, to } = backfill
  const rest = (part: BackfillPart) => part.position - part.from
  const at = parts.reduce((most, part, index) => (rest(part) > rest(parts[most] ?? part) ? index : most), 0)
  const part = parts[at]
  const least = Math.max(LEAST_REST_S, (to - from) * LEAST_SHARE)
  if (part === undefined || rest(part) < least || parts.length >= MOST_PARTS) return undefined
  const middle = minuteBefore(part.from + rest(part) / 2)
  const kept = parts.map((one, index) => (index === at ? { ...part, from: middle } : one))
  return { ...backfill, parts: [...kept, { from: part.from, to: middle, position: middle }] }
}

/** Reads the parts and hands each page out; nothing becomes durable. */
export async function walkDry(
  it: PartReader,
  { parts, parallel }: BackfillState,
  count: (page: Page, part: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const reached = [...parts]
  const walk = (at: number, ending: AbortSignal) => {
    const part = reached[at] ?? { from: 0, to: 0, position: 0 }
    const emit = async (page: Page) => {
      ending.throwIfAborted()
      await count(page, at)
      reached[at] = { ...part, position: page.position }
    }
    return readPart(it, part, emit, ending)
  }
  await walkParts(it, [...parts.keys()], parallel, walk, signal)
}

const isOpen = ({ from, position }: BackfillPart) => position > from

/** Failures of one part in a row that are tried again on the spot. */
const RETRIES = 4
const BACKOFF = { baseMs: 250, maxMs: 5_000 }

async function walkParts(
  { random }: PartReader,
  parts: readonly number[],
  parallel: number,
  walk: (part: number, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  /** More to walk, when no part waits. */
  split: () => Promise<number | undefined> = async () => undefined,
): Promise<void> {
  const waiting = [...parts]
  const failed = new AbortController()
  const ending = AbortSignal.any([signal, failed.signal])
  let first: { error: unknown } | undefined
  const persist = async (part: number) => {
    for (let failures = 0; ; ) {
      try {
        return await walk(part, ending)
      } catch (error) {
        if (!isPassing(error) || ++failures > RETRIES) throw error
        await sleep(backoffMs(failures, BACKOFF, random), undefined, { signal: ending })
      }
    }
  }
  const work = async () => {
    for (;;) {
      try {
        const part = waiting.shift() ?? (await split())
        if (part === undefined || ending.aborted) return
        await persist(part)
      } catch (error) {
        first ??= { error }
        failed.abort()
        return
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  signal.throwIfAborted()
  if (first !== undefined) throw first.error
}

/** One of many requests may fail; what asks to wait, or for a person, holds for all of them. */
function isPassing(error: unknown): boolean {
  return error instanceof SourceError && error.fault === 'transient' && error.afterMs === undefined
}

async function readPart(
  { id, book, store, now }: PartReader,
  { from, position }: BackfillPart,
  emit: (page: Page) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  await readDown({
    ask: (request) => book.ask(request, signal, 'patient'),
    before: position,
    position,
    notBefore: await lowerBound(store, id, from),
    end: () => from,
    capacity: book.capacity,
    proof: createEndProof(0, now),
    emit: byWholeMinutes(from, emit),
  })
}

function advanced(after: SourceState, before: SourceState, at: number, page: Page, now: number): SourceState {
  const { backfill } = after
  if (backfill === undefined) return after
  const isWanted = (second: number) => second >= backfill.from && second < backfill.to
  const parts = backfill.parts.map((part, index) =>
    index === at ? { ...part, position: Math.min(part.position, page.position) } : part,
  )
  return {
    ...after,
    backfill: {
      ...backfill,
      parts,
      polled: backfill.polled + page.records.filter(({ timestamp }) => isWanted(timestamp)).length,
      spooled: backfill.spooled + after.spooled - before.spooled,
      gaps: backfill.gaps + page.gaps.filter(({ second }) => isWanted(second)).length,
      unreadable: backfill.unreadable + page.unreadable.length,
      ...(parts.some(isOpen) ? {} : { endedAt: now }),
    },
  }
}
