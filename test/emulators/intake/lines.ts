/**
 * The lines of a body that aren't empty. Each line is decoded on its own: slices of one text of the whole body cost V8
 * many times as much.
 */
export function linesOf(body: Buffer): string[] {
  const lines: string[] = []
  for (let from = 0; from < body.length; ) {
    const found = body.indexOf(LINE_END, from)
    const end = found < 0 ? body.length : found
    if (end > from) lines.push(body.toString('utf8', from, end))
    from = end + 1
  }
  return lines
}

const LINE_END = 0x0a
