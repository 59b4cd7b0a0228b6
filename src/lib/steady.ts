/**
 * A clock for waits: as `now`, but it never goes back. If the machine's clock is set back by hours, whatever waits for a
 * time would else wait these hours longer. Each time that happens, no more is lost than what has passed since the last call.
 */
export function steadyClock(now: () => number): () => number {
  let last = now()
  let ahead = 0
  return () => {
    const at = now()
    ahead += Math.max(0, last - at)
    last = at
    return at + ahead
  }
}
