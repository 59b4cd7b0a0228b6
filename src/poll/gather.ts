/**
 * Gathers pages of parts that are read at the same time. Those that become ready while others are on their way into
 * the spool are made durable together, with one sync of the disk; each reader waits until its own page is.
 */
import type { Page } from './pages.ts'

export interface PartPage {
  /** Which part it is of. */
  readonly part: number
  readonly page: Page
}

/** Resolves when the page is durable; throws what prevented that, for it or for a page stored with it. */
type Gather = (page: PartPage, signal: AbortSignal) => Promise<void>

interface GatherParts {
  /** How many records may go into the spool now, at least 1: waits until some may. */
  allowance(signal: AbortSignal): Promise<number>
  /** Makes pages durable, all or none. */
  commit(pages: readonly PartPage[], signal: AbortSignal): Promise<void>
}

interface Waiting extends PartPage {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export function createGatherer({ allowance, commit }: GatherParts): Gather {
  const waiting: Waiting[] = []
  let isBusy = false

  const commitAll = async (signal: AbortSignal) => {
    while (waiting.length > 0) {
      let taken: Waiting[] = []
      try {
        const most = await allowance(signal)
        taken = takeTogether(waiting, most)
        await commit(taken, signal)
        for (const { resolve } of taken) resolve()
      } catch (error) {
        if (taken.length === 0) taken = waiting.splice(0)
        for (const { reject } of taken) reject(error)
      }
    }
    // Not a microtask later: a page that comes in between would wait for ever.
    isBusy = false
  }

  return (page, signal) =>
    new Promise((resolve, reject) => {
      waiting.push({ ...page, resolve, reject })
      if (isBusy) return
      isBusy = true
      void commitAll(signal)
    })
}

/** More would only make the entry, and what is in memory for it, larger. */
const MOST_RECORDS = 2_000

/** In order of arrival. A page with unreadable records goes alone: the same bytes may be in two pages. */
function takeTogether(waiting: Waiting[], most: number): Waiting[] {
  let records = 0
  let count = 0
  for (const { page } of waiting) {
    records += page.records.length
    if (count > 0 && (page.unreadable.length > 0 || records > Math.min(most, MOST_RECORDS))) break
    count++
    if (page.unreadable.length > 0) break
  }
  return waiting.splice(0, count)
}

/** Pages of parts that do not overlap, as one. */
export function joinPages(pages: readonly PartPage[]): Page {
  const [first, ...others] = [...pages].map(({ page }) => page).sort((a, b) => b.position - a.position)
  if (first === undefined) throw new Error('there is no page to join')
  if (others.length === 0) return first
  const all = [first, ...others]
  return {
    records: all.flatMap(({ records }) => records),
    unreadable: all.flatMap(({ unreadable }) => unreadable),
    gaps: all.flatMap(({ gaps }) => gaps),
    position: all.at(-1)?.position ?? first.position,
  }
}
