/** Reuses memory for the bodies of requests, since allocating it for each costs more than filling it. */
import { ByteWriter } from './byte-writer.ts'

export interface SpareWriters {
  /** May still hold earlier content. */
  take(): ByteWriter
  /** Only after an answer: a broken connection may still read from it. */
  giveBack(writer: ByteWriter): void
}

/** `most`: how many bytes are kept while nobody needs them. */
export function createSpareWriters(most = Number.POSITIVE_INFINITY): SpareWriters {
  const spare: ByteWriter[] = []
  let kept = 0
  return {
    take() {
      const found = spare.pop()
      if (found === undefined) return new ByteWriter()
      kept -= found.room
      return found
    },
    giveBack(writer) {
      if (kept + writer.room > most) return
      kept += writer.room
      spare.push(writer)
    },
  }
}
