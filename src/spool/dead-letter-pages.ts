/** All dead letters, however many, holding one page in memory. */
import type { DeadLetter, DeadLetterQuery, Store } from './store.ts'

/** What a query that names no state selects. */
export const LISTED_STATES = ['parked', 'queued'] as const

/** How many a query answers that sets no limit. */
export const USUAL_LIMIT = 1_000

/** Letters per page: each may be as large as an event. */
const PAGE = 500

/** All of them, while a single query answers at most the first thousand. */
export async function* deadLetterPages(
  store: Pick<Store, 'deadLetters'>,
  query: DeadLetterQuery,
): AsyncGenerator<readonly DeadLetter[]> {
  let page = await store.deadLetters({ ...query, limit: PAGE })
  for (;;) {
    yield page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    page = await store.deadLetters({ ...query, limit: PAGE, after: { at: last.at, id: last.id } })
  }
}

/** Counts queued dead letters by sink, except those of `sinks`. */
export async function queuedBeside(
  sinks: object,
  store: Pick<Store, 'deadLetters'>,
  query: DeadLetterQuery = {},
): Promise<ReadonlyMap<string, number>> {
  const waiting = new Map<string, number>()
  for await (const page of deadLetterPages(store, { ...query, state: 'queued' })) {
    for (const { sink } of page) if (!(sink in sinks)) waiting.set(sink, (waiting.get(sink) ?? 0) + 1)
  }
  return waiting
}
