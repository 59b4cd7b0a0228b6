/** Who runs what when. Alone, a process runs everything by its own timers; several share the work (`bullmq/`). */

/** By how much the clocks of two machines that keep the time may differ. */
export const CLOCKS_DIFFER_MS = 60_000

export interface Duties {
  readonly polls: readonly PollDuty[]
  readonly lanes: readonly LaneDuty[]
}

export interface PollDuty {
  /** Component id of the source. */
  readonly id: string
  readonly everyMs: number
  /** Polls once, unless another process does. Answers the wait until the next, milliseconds; never rejects. */
  turn(signal: AbortSignal): Promise<number>
}

export interface LaneDuty {
  /** Component id of the sink. */
  readonly id: string
  /** Whether something waits that this process is not at. */
  isWaiting(): Promise<boolean>
  /** Delivers until nothing is left, the lane is lost, or the signal is aborted. Never rejects. */
  bring(signal: AbortSignal): Promise<void>
}

export interface Schedule {
  /** Runs until aborted; resolves when the last turn has ended. */
  run(duties: Duties, signal: AbortSignal): Promise<void>
  /** These lanes have something to do, in whatever process. */
  wake(sinks: readonly string[]): void
}
