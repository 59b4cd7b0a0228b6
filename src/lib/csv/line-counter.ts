/** On which line of a text its rows begin. */

/** `starts`: where rows begin; `line`: of the text's beginning. Counts on from the last row, so asking for each reads the text once. */
export function createLineCounter(
  text: string,
  starts: readonly number[],
  line: number,
): (row: number) => number {
  let [seen, at] = [0, line]
  return (row) => {
    const start = starts[row] ?? 0
    if (start < seen) [seen, at] = [0, line]
    at += linesIn(text, seen, start)
    seen = start
    return at
  }
}

export const linesIn = (text: string, from: number, to: number) => text.slice(from, to).split('\n').length - 1
