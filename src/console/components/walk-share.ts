/** How far a walk from now back to its end has come: 0 to 1. Pure. */
export function walkShare({ position, end }: { position: number; end: number }, top: number): number {
  if (top <= end) return 1
  return Math.min(1, Math.max(0, (top - position) / (top - end)))
}
