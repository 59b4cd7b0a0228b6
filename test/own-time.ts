/**
 * Waits by the time that this process was running: on a busy machine, a process that was suspended has had less time
 * than the clock says.
 */
import { setTimeout as sleep } from 'node:timers/promises'

const TICK_MS = 20

/** Resolves with `what` after that much of it: a late tick counts once. */
export async function ownTime<What>(ms: number, what: What): Promise<What> {
  for (let had = 0; had < ms; had += TICK_MS) await sleep(TICK_MS, undefined, { ref: false })
  return what
}
