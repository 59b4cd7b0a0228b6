/** Time that this process had: what stood still meanwhile, on a busy machine, did not have the time it is said to have had. */
import { setTimeout as sleep } from 'node:timers/promises'

const TICK_MS = 20

/** Resolves with `what` after so much of it: a tick that comes late counts once. */
export async function ownTime<What>(ms: number, what: What): Promise<What> {
  for (let had = 0; had < ms; had += TICK_MS) await sleep(TICK_MS, undefined, { ref: false })
  return what
}
