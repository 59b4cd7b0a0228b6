/** How far this browser's clock is from the engine's, told by the `Date` of an answer. Pure. */

/** Nearer than that is as good as the same: an answer tells whole seconds, and what is shown must not change with each. */
const NEAR_MS = 60_000

/** Milliseconds that the browser is ahead (behind: less than 0); `known` where it is near that, or nothing was told. */
export function clockOffset(date: string | null, askedAt: number, answeredAt: number, known = 0): number {
  const from = Date.parse(date ?? '')
  if (Number.isNaN(from)) return known
  // Made at some moment between, by a clock that is right.
  const ahead = Math.max(0, askedAt - (from + 1_000)) + Math.min(0, answeredAt - from)
  return Math.abs(ahead - known) < NEAR_MS ? known : ahead
}
