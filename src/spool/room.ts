/**
 * The limit of the spool: a full spool stops the polls, not the process, and drops nothing. Meanwhile the source is the
 * buffer.
 */
import { steadyClock } from '../lib/steady.ts'
import { createWaker } from '../lib/waker.ts'

/** The spool stayed full; the walk will be resumed where it was. */
export class SpoolFull extends Error {
  override readonly name = 'SpoolFull'

  constructor(reason = SPOOL_FULL) {
    super(reason)
  }
}

export const SPOOL_FULL = 'the spool is full (state.max_spool); polls go on when sinks have taken events'

/** Ends the reason if it is not the spool that is full, but a sink that must first take what waits for it. */
export const WAITS_FOR_SINKS = 'the rest is read when the sink has taken them'

function shareFull(share: number): string {
  return `${share * 100} % of the spool (state.max_spool) are full, and old events may fill no more; ${WAITS_FOR_SINKS}`
}

export interface Room {
  /** Reports how many bytes the entries in `source`'s log take now. */
  set(source: string, bytes: number): void
  bytes(): number
  readonly limitBytes: number
  isFull(): boolean
  /** Resolves when this share of the spool has room; throws SpoolFull if it has none for a while. */
  wait(signal: AbortSignal, share?: number): Promise<void>
}

/** How long a waiting walk keeps its connection open. */
const PATIENCE_MS = 5_000

export function createRoom(limitBytes: number, clock: () => number): Room {
  const now = steadyClock(clock)
  const used = new Map<string, number>()
  const waker = createWaker()
  const bytes = () => [...used.values()].reduce((sum, it) => sum + it, 0)
  const isFull = () => bytes() >= limitBytes
  return {
    limitBytes,
    bytes,
    isFull,
    set(source, size) {
      used.set(source, size)
      waker.wake()
    },
    async wait(signal, share = 1) {
      const until = now() + PATIENCE_MS
      while (bytes() >= limitBytes * share) {
        signal.throwIfAborted()
        if (now() >= until) throw share === 1 ? new SpoolFull() : new SpoolFull(shareFull(share))
        await waker.wait(200)
      }
    },
  }
}
