/** Lines in one buffer: between threads values are copied one by one, but a buffer as a whole. Pure. */

export interface FlatLines<Bytes extends Uint8Array = Uint8Array<ArrayBuffer>> {
  /** Where each line ends. */
  readonly ends: readonly number[]
  /** A buffer of its own, to be handed over. */
  readonly lines: Bytes
}

/** A missing line becomes an empty one. */
export function flattenLines(all: readonly (Uint8Array | undefined)[]): FlatLines {
  const lines = new Uint8Array(all.reduce((sum, line) => sum + (line?.byteLength ?? 0), 0))
  let at = 0
  const ends = all.map((line) => {
    if (line !== undefined) lines.set(line, at)
    at += line?.byteLength ?? 0
    return at
  })
  return { ends, lines }
}

/** A view. */
export function lineAt<Bytes extends Uint8Array>({ ends, lines }: FlatLines<Bytes>, at: number): Bytes {
  return lines.subarray(ends[at - 1] ?? 0, ends[at]) as Bytes
}
