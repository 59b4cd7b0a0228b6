/** A bell that wakes whoever waits for it; a ring while nobody waits ends the next wait at once. */
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
