/** Retention in small steps, each a transaction of its own, so that appends can go on in between. */
import { DAY } from './schema.ts'

/** The kinds of text with few different values, however many events there are. Tallies of dropped events go with them. */
export const KINDS = 'SELECT DISTINCT organization, source, action, category, operation, outcome FROM tallies'

interface Pieces {
  /** Drops the oldest day that ends by this second. Answers how many events went; undefined when there is no such day. */
  dropDay(end: number): Promise<number | undefined>
  /**
   * Looks at some of the texts with numbers above `after`, and removes those that no event has. Answers the number to
   * continue from; undefined at the end.
   */
  dropTexts(after: number): Promise<number | undefined>
}

/** Answers how many events were dropped. After an abort it ends with the step under way. */
export function createRetention({ dropDay, dropTexts }: Pieces) {
  /** Initially true: a process that was killed, or an older version, may have left texts of dropped days. */
  let areTextsLeft = true
  return async (second: number, signal?: AbortSignal): Promise<number> => {
    const end = Math.floor(second / DAY) * DAY
    let dropped = 0
    for (let gone = await dropDay(end); gone !== undefined; gone = await dropDay(end)) {
      areTextsLeft = true
      dropped += gone
      if (signal?.aborted) return dropped
    }
    if (!areTextsLeft) return dropped
    for (let after: number | undefined = 0; after !== undefined; ) {
      if (signal?.aborted) return dropped
      after = await dropTexts(after)
    }
    areTextsLeft = false
    return dropped
  }
}
