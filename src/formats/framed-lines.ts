import type { LineFormat } from './format.ts'

/**
 * The bytes of a file or object, piece by piece: each line is asked for when its turn comes, and passed on uncopied.
 */
export function* framedLines(
  lines: Iterable<Uint8Array>,
  { header, lineEnd }: LineFormat,
  withHeader = true,
): Generator<Uint8Array> {
  const end = Buffer.from(lineEnd)
  if (withHeader && header !== undefined) yield Buffer.from(header + lineEnd)
  for (const line of lines) {
    yield line
    yield end
  }
}
