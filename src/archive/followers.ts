/** Those who wait for news of an archive: woken at once by this process, and each second in case another one archives. */
import { createWaker, type Waker } from '../lib/waker.ts'

const LOOK_EVERY_MS = 1_000

export interface Followers {
  /** As `changed` of `ArchiveDatabase`. */
  changed(): Promise<void>
  wake(): void
}

export function createFollowers(): Followers {
  const waiting = new Set<Waker>()
  return {
    async changed() {
      const waker = createWaker()
      waiting.add(waker)
      await waker.wait(LOOK_EVERY_MS)
      waiting.delete(waker)
    },
    wake() {
      for (const waker of waiting) waker.wake()
    },
  }
}
