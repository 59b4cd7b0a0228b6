/** Entries of a request in one JSON list. Pure. */
import { ByteWriter } from '../byte-writer.ts'

/** Appends the JSON of one entry. */
export type WriteEntry<Entry> = (entry: Entry, out: ByteWriter) => void

export function writeList<Entry>(entries: readonly Entry[], write: WriteEntry<Entry>, out: ByteWriter): void {
  entries.forEach((entry, at) => {
    out.ascii(at === 0 ? '[' : ',')
    write(entry, out)
  })
  out.ascii(']')
}

/** Indented, for `explain`. */
export function previewOfEntries<Entry>(entries: readonly Entry[], write: WriteEntry<Entry>): string {
  const out = new ByteWriter()
  writeList(entries, write, out)
  return JSON.stringify(JSON.parse(out.toString()), undefined, 2)
}
