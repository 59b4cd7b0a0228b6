/** How a service waits for a store that is not there, or that goes away while it is opened. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenedStore } from '../engine/open-store.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Store } from '../spool/store.ts'

const OPEN_AGAIN_MS = 1_000
const UNREACHABLE_AFTER_MS = 2_000

/** Resolves when something has been in trouble for a while. */
export async function untilUnreachable(waits: Pick<Store, 'trouble'>, signal: AbortSignal): Promise<void> {
  do await sleep(UNREACHABLE_AFTER_MS, undefined, { signal }).catch(() => undefined)
  while (!signal.aborted && waits.trouble() === undefined)
}

interface PatienceParts extends Pick<OpenedStore, 'isPassing'> {
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** Retries an opening that failed because the store went away meanwhile. Throws anything else. */
export async function openPatiently<Opened>(
  open: () => Promise<Opened>,
  { isPassing, logger, signal }: PatienceParts,
): Promise<Opened> {
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error
      logger.warn('the engine could not be opened: trying again', { reason: messageOf(error) })
      await sleep(OPEN_AGAIN_MS, undefined, { signal })
    }
  }
}
