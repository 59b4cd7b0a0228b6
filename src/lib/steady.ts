/**
 * A clock for waits: like `now`, but it never goes back. Otherwise, when the machine's clock is set back by hours, every
 * wait would take hours longer. Each such jump loses only the time since the last call.
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
