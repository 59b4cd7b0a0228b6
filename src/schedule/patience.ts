/** How long a single pass waits for a source: neither long at once, nor a little for ever. */
export interface Patience {
  /** Whether a wait is too long, alone or after those before it; progress in between starts the count anew. */
  isOver(waitMs: number, progressed: boolean): boolean
}

export function createPatience(limits: {
  readonly oneWaitMs: number
  readonly allWaitsMs: number
}): Patience {
  let waited = 0
  return {
    isOver(waitMs, progressed) {
      waited = progressed ? waitMs : waited + waitMs
      return waitMs > limits.oneWaitMs || waited > limits.allWaitsMs
    },
  }
}
