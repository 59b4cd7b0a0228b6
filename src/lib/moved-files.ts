/** Files that log rotators made of the live one, recognised by name. They are read back but never changed. */
import { basename } from 'node:path'

interface MovedFile {
  /** The name without its compression suffix. */
  readonly stem: string
  /** Set if the file exists only with a compression that can't be read. */
  readonly unreadable?: string
}

/**
 * `audit.ndjson.2`, `audit.ndjson-20261122`, `audit.ndjson-20261122-2200`, `audit.ndjson-1795384721` (logrotate(8),
 * `dateext` and `dateformat`), each also compressed. Oldest first: dates go up, numbers go down.
 */
export function movedFiles(names: readonly string[], path: string): MovedFile[] {
  const prefix = basename(path)
  const found = names.flatMap((name) => {
    const [, mark = '', ending = ''] =
      SUFFIX.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '') ?? []
    return mark === '' ? [] : [{ name, stem: prefix + mark, mark, ending }]
  })
  return [...Map.groupBy(found, ({ stem }) => stem)]
    .map(([stem, files]) => {
      const isReadable = files.some(({ ending }) => READABLE.includes(ending))
      const [{ name, mark }] = files as [(typeof found)[number]]
      return { stem, mark, ...(!isReadable && { unreadable: name }) }
    })
    .sort((a, b) => order(a.mark, b.mark))
    .map(({ mark: _, ...file }) => file)
}

/** `audit.ndjson` from `audit.ndjson-20261122-2200.gz`; a name without a rotator's suffix loses only its compression suffix. */
export function unmovedName(name: string): string {
  return name.replace(/\.(gz|zst)$/, '').replace(MARK, '')
}

const MARK = /(\.\d{1,6}|[-.]\d{4}[\dT_-]{4,}Z?)$/
const SUFFIX = new RegExp(
  `^${MARK.source.slice(0, -1)}(|\\.gz|\\.zst|\\.bz2|\\.xz|\\.lzma|\\.lz4|\\.Z|\\.zip)$`,
)
const READABLE = ['', '.gz', '.zst']

function order(left: string, right: string): number {
  const [a, b] = [numberOf(left), numberOf(right)]
  if (a !== undefined && b !== undefined) return b - a
  if (a !== undefined || b !== undefined) return a === undefined ? -1 : 1
  return left < right ? -1 : 1
}

function numberOf(mark: string): number | undefined {
  return /^\.\d{1,6}$/.test(mark) ? Number(mark.slice(1)) : undefined
}
