/** A bell: whoever waits is woken when it rings; a ring while nobody waits is kept for the next wait. */
export interface Waker {
  wake(): void
  /** Resolves when woken, or after `ms`. */
  wait(ms?: number): Promise<void>
}

export function createWaker(): Waker {
  let rung = false
  let resolveWait: (() => void) | undefined
  return {
    wake() {
      rung = true
      resolveWait?.()
    },
    async wait(ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = ms === undefined ? undefined : setTimeout(resolve, Math.min(ms, 2 ** 31 - 1))
          resolveWait = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      resolveWait = undefined
      rung = false
    },
  }
}
