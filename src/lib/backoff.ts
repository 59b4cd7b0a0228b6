/**
 * Full-jitter back-off: a random wait between 0 and base × 2^attempt, capped. Spreads the retries of many
 * clients best (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export function backoffMs(
  attempt: number,
  bounds: { baseMs: number; maxMs: number },
  random: () => number,
): number {
  return Math.round(random() * Math.min(bounds.maxMs, bounds.baseMs * 2 ** Math.min(attempt, 30)))
}
