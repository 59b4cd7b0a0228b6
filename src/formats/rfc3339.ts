/** Unix seconds → `2026-11-22T22:00:00Z`. A second outside the calendar is printed as a number. */
export const rfc3339 = remembering((seconds) => {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : `${date.toISOString().slice(0, -'.000Z'.length)}Z`
})

/** Remembers the last result: events of one second, read in one poll, come one after the other. */
export function remembering(textOf: (time: number) => string): (time: number) => string {
  let last = Number.NaN
  let text = ''
  return (time) => {
    if (time !== last) text = textOf(time)
    last = time
    return text
  }
}
