/** Lengths that look natural in a chart, in seconds: a minute to four weeks. */
const LENGTHS = [
  60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
  2_419_200,
]

/**
 * The length, in seconds, of the shortest slices of which at most `most` cover the range [from, to), if slices begin at
 * multiples of their length.
 */
export function sliceOf({ from, to }: { readonly from: number; readonly to: number }, most: number): number {
  const fits = (length: number) => Math.ceil(to / length) - Math.floor(from / length) <= most
  const found = LENGTHS.find(fits)
  if (found !== undefined) return found
  let length = LENGTHS.at(-1) ?? 60
  while (!fits(length)) length *= 2
  return length
}
