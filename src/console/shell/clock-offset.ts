/** How far this browser's clock is from the engine's, by the `Date` header of a response. Pure. */

/**
 * Smaller differences are ignored: the header only tells whole seconds, and what is shown must not change with each
 * response.
 */
const NEAR_MS = 60_000

/**
 * Milliseconds by which the browser is ahead (negative if it is behind); `known` if the new value is close to that, or
 * if there is no date.
 */
export function clockOffset(date: string | null, askedAt: number, answeredAt: number, known = 0): number {
  const from = Date.parse(date ?? '')
  if (Number.isNaN(from)) return known
  // The response was made at some moment between the two, by the engine's clock.
  const ahead = Math.max(0, askedAt - (from + 1_000)) + Math.min(0, answeredAt - from)
  return Math.abs(ahead - known) < NEAR_MS ? known : ahead
}
