/** Unix seconds → `2026-11-22T22:00:00Z`. A second that no calendar knows is printed as the number it is. */
export function rfc3339(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : `${date.toISOString().slice(0, -'.000Z'.length)}Z`
}
