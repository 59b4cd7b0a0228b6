/**
 * Reads a range in one go, for what keeps no walk in the store: `export`, `reconcile`, `replay`. One request of many may
 * fail, and to begin a long range anew for that would cost all of its requests again.
 */
import { readDown } from './reader.ts'
import { type Patience, tryAgain } from './try-again.ts'
import type { ReadDown } from './walk.ts'

/** A person or a script waits: as long as a limit is counted over, which a 429 without `Retry-After` asks for. */
export const PATIENCE: Patience = { longestWaitMs: 300_000, random: Math.random }

/** As `readDown`; after a failure that may pass it goes on below the last page that was emitted. */
export async function readPatiently(
  given: ReadDown,
  signal: AbortSignal,
  tell?: Patience['tell'],
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
        await given.emit(page, isLast)
        progress()
        if (page.position < reached.before) reached = { before: page.position, position: page.position }
      },
    })
  await tryAgain(read, { ...PATIENCE, ...(tell && { tell }) }, signal)
}
