/**
 * Decides who runs what and when. A single process runs everything by its own timers; several share the work
 * (`bullmq/`).
 */

/** How far the clocks of two synchronised machines may be apart. */
export const CLOCKS_DIFFER_MS = 60_000

export interface Duties {
  readonly polls: readonly PollDuty[]
  readonly lanes: readonly LaneDuty[]
}

export interface PollDuty {
  /** Component id of the source. */
  readonly id: string
  readonly everyMs: number
  /** Polls once, unless another process does. Answers the milliseconds until the next poll; never rejects. */
  turn(signal: AbortSignal): Promise<number>
  /** Whether the next poll should have come long ago, and no process has polled. */
  isOverdue(): Promise<boolean>
}

export interface LaneDuty {
  /** Component id of the sink. */
  readonly id: string
  /** Whether something waits that this process is not delivering already. */
  isWaiting(): Promise<boolean>
  /** Delivers until nothing is left, the lane is lost, or the signal is aborted. Never rejects. */
  deliver(signal: AbortSignal): Promise<void>
}

export interface Schedule {
  /** Runs until aborted; resolves when the last turn has ended. */
  run(duties: Duties, signal: AbortSignal): Promise<void>
  /** Tells whichever processes hold these lanes that there is something to do. */
  wake(sinks: readonly string[]): void
}
