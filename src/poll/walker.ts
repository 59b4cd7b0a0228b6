/** Carries out a walk: reads it page by page, and stores each page together with the state that follows from it. */
import type { ReadRequest } from '../connector.ts'
import type { Logger } from '../lib/logger.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { EndProof } from './end-proof.ts'
import type { Page } from './pages.ts'
import { readDown } from './reader.ts'
import type { NextState, SourceBook, SpoolPage } from './source-book.ts'
import type { ReadDown } from './walk.ts'

/** What a walk reads, and how the source's state moves on with its pages. */
export interface WalkPlan extends Omit<ReadDown, 'ask' | 'capacity' | 'proof' | 'emit'> {
  /** The state to store with a page that is not the last: everything down to `position` has been read. */
  afterPage(state: SourceState, position: number): SourceState
  /** The state to store with the last page. */
  afterLast(state: SourceState): SourceState
  /** Called before each request with the number of pages read; throws to break the walk off. */
  mayAsk?(pages: number): Promise<void>
}

/** Throws SourceError, and what `spoolPage` and `mayAsk` throw; pages that were stored by then stay valid. */
type Walker = (plan: WalkPlan, spoolPage: SpoolPage, signal: AbortSignal) => Promise<void>

interface WalkerParts {
  readonly book: SourceBook
  readonly proof: EndProof
  readonly logger: Logger
  readonly now: () => number
}

/** How often a long walk logs its progress. */
const PROGRESS_EVERY_MS = 10_000

export function createWalker({ book, proof, logger, now }: WalkerParts): Walker {
  return async (plan, spoolPage, signal) => {
    let pages = 0
    let storing = Promise.resolve()
    let loggedAt = now()

    const logProgress = ({ spooled, walk }: SourceState, { position }: Page) => {
      if (now() - loggedAt < PROGRESS_EVERY_MS) return
      loggedAt = now()
      if (walk !== undefined) logger.info('long walk', { events: spooled, position: timeText(position) })
    }
    const store = async (page: Page, next: NextState) => {
      const after = await book.spool((state) => spoolPage(page, state, next, signal), signal)
      logProgress(after, page)
    }
    // The next page is read while this one is compressed and flushed; if that fails, the next page throws it.
    const emit = async (page: Page, isLast: boolean) => {
      await storing
      pages++
      storing = store(page, (state) =>
        isLast ? plan.afterLast(state) : plan.afterPage(state, page.position),
      )
      storing.catch(() => undefined)
    }
    const ask = async (request: ReadRequest) => {
      await plan.mayAsk?.(pages)
      return book.ask(request, signal)
    }
    try {
      await readDown({ ...plan, ask, capacity: book.capacity, proof, emit })
    } finally {
      await storing
    }
  }
}

function timeText(second: number): string {
  return Number.isFinite(second) ? new Date(second * 1000).toISOString() : ''
}
