/** Unix seconds → `2026-11-22T22:00:00Z`. A second that no calendar knows is printed as the number it is. */
export const rfc3339 = remembering((seconds) => {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : `${date.toISOString().slice(0, -'.000Z'.length)}Z`
})

/** Events of one second, read in one poll, come together: what was said of the last is said again. */
export function remembering(textOf: (time: number) => string): (time: number) => string {
  let last = Number.NaN
  let text = ''
  return (time) => {
    if (time !== last) text = textOf(time)
    last = time
    return text
  }
}
