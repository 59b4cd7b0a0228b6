/**
 * A clock for waits: as `now`, but never set back. By one that is set back by hours, whatever waits for a time of day
 * would wait until it is that time again. What a look misses costs at most what passed since the look before.
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
