/**
 * Reads a range in one go, for commands that keep no walk in the store: `export`, `reconcile`, `replay`. One request
 * of many may fail, and starting a long range over would cost all of them again.
 */
import { readDown } from './reader.ts'
import { type Patience, tryAgain } from './try-again.ts'
import type { ReadDown } from './walk.ts'

/** A person or a script waits for the command. A 429 without Retry-After asks for as long as the rate limit counts over. */
export const PATIENCE: Patience = { longestWaitMs: 300_000, random: Math.random }

/**
 * Like `readDown`; after a transient failure it continues below the last page that was emitted. Without a ledger, what
 * is visible of a second that is not whole would be taken again at each attempt: it is left out.
 */
export async function readPatiently(
  given: ReadDown,
  signal: AbortSignal,
  onWait?: Patience['onWait'],
): Promise<void> {
  let reached = { before: given.before, position: given.position }
  let { brokenOffIn } = given
  const read = (progress: () => void) =>
    readDown({
      ...given,
      ...reached,
      brokenOffIn,
      breaksOff: (second) => {
        brokenOffIn = second
      },
      emit: async (page, isLast) => {
        const records = page.records.filter(({ timestamp }) => timestamp >= page.position)
        await given.emit({ ...page, records }, isLast)
        if (page.position >= reached.before) return
        progress()
        reached = { before: page.position, position: page.position }
      },
    })
  await tryAgain(read, { ...PATIENCE, ...(onWait && { onWait }) }, signal)
}
