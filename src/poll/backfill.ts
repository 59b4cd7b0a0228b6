/**
 * Reads an old range in parts, several at a time. Each page becomes durable together with its part's position, so a
 * backfill that is resumed continues every part where it was.
 */
import { type BackfillPart, type BackfillState, isOpen, isUnderWay } from '../spool/backfill-state.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import { splitLargest } from './backfill-parts.ts'
import { createGatherer, joinPages, type PartPage } from './gather.ts'
import type { Page } from './pages.ts'
import { readDown } from './reader.ts'
import type { NextState, SourceBook, SpoolPage } from './source-book.ts'
import { tryAgain } from './try-again.ts'
import { lowerBound } from './walk-end.ts'
import { byWholeMinutes } from './whole-minutes.ts'

interface PartReader extends PartWalker {
  /** Waits until old events may be spooled; answers how many. */
  allowance(signal: AbortSignal): Promise<number>
}

export interface PartWalker {
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
  const commit = async (pages: readonly PartPage[], ending: AbortSignal) => {
    await it.book.spool((state) => {
      // What another walk has taken over meanwhile no longer belongs to this one.
      const own = pages.map(({ part, page }) => ({
        part,
        page: cutAt(page, state.backfill?.parts[part]?.from ?? 0),
      }))
      const next: NextState = (after) => advanced(after, state, own, it.now())
      return spoolPage(joinPages(own), state, next, ending)
    }, ending)
  }
  const gather = createGatherer({ allowance: it.allowance, commit })
  const walk: WalkPart = async (at, ending) => {
    const spool = async (page: Page) => {
      await gather({ part: at, page }, ending)
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
  const next = async () => open.shift() ?? split()
  await walkParts(backfill.parallel, next, persistent(walk, it.random), signal)
}

/** Another walk has taken over the rest of this part; all that remained of it has been read. */
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

/** Reads the parts and hands each page out; nothing becomes durable. */
export async function walkDry(
  it: PartWalker,
  { parts, parallel }: BackfillState,
  count: (page: Page, part: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const reached = [...parts]
  const walk: WalkPart = (at, ending) => {
    const part = reached[at] ?? { from: 0, to: 0, position: 0 }
    const emit = async (page: Page) => {
      ending.throwIfAborted()
      await count(page, at)
      reached[at] = { ...part, position: Math.min(part.position, page.position) }
    }
    return readPart(it, part, emit, ending)
  }
  const waiting = [...parts.keys()]
  await walkParts(parallel, async () => waiting.shift(), persistent(walk, it.random), signal)
}

type WalkPart = (part: number, signal: AbortSignal) => Promise<void>

/** Walks as many parts at a time as `parallel`, until `next` has none. The first failure ends the others, and is thrown. */
async function walkParts(
  parallel: number,
  next: () => Promise<number | undefined>,
  walk: WalkPart,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController()
  const ending = AbortSignal.any([signal, failed.signal])
  let first: { error: unknown } | undefined
  const work = async () => {
    for (;;) {
      try {
        const part = await next()
        if (part === undefined || ending.aborted) return
        await walk(part, ending)
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

/** Tries again from where the part is by then. When the source asks to wait, all parts wait. */
function persistent(walk: WalkPart, random: () => number): WalkPart {
  return (part, signal) => tryAgain(() => walk(part, signal), { longestWaitMs: 0, random }, signal)
}

async function readPart(
  { id, book, store }: PartWalker,
  { from, to, position }: BackfillPart,
  emit: (page: Page) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const second = book.brokenOff.secondOf(to)
  await readDown({
    ask: (request) => book.ask(request, signal, 'patient'),
    before: position,
    position,
    notBefore: await lowerBound(store, id, from),
    end: () => from,
    // What lies below may belong to another part by now.
    brokenOffIn: second !== undefined && second >= from ? second : undefined,
    breaksOff: (oldest) => book.brokenOff.note(to, oldest),
    capacity: book.capacity,
    emit: byWholeMinutes(from, emit),
  })
}

function advanced(
  after: SourceState,
  before: SourceState,
  pages: readonly PartPage[],
  now: number,
): SourceState {
  const { backfill } = after
  if (backfill === undefined) return after
  const isWanted = (second: number) => second >= backfill.from && second < backfill.to
  const positions = new Map(pages.map(({ part, page }) => [part, page.position]))
  const parts = backfill.parts.map((part, at) => ({
    ...part,
    position: Math.min(part.position, positions.get(at) ?? part.position),
  }))
  const sum = (count: (page: Page) => number) => pages.reduce((all, { page }) => all + count(page), 0)
  return {
    ...after,
    backfill: {
      ...backfill,
      parts,
      polled: backfill.polled + sum(({ records }) => records.filter((it) => isWanted(it.timestamp)).length),
      spooled: backfill.spooled + after.spooled - before.spooled,
      gaps: backfill.gaps + sum(({ gaps }) => gaps.filter((it) => isWanted(it.second)).length),
      unreadable: backfill.unreadable + sum(({ unreadable }) => unreadable.length),
      ...(parts.some(isOpen) ? {} : { endedAt: now }),
    },
  }
}
