/** Memory for the bodies of requests, used over and over: what is fresh for each request costs more than to fill it. */
import { ByteWriter } from './byte-writer.ts'

export interface SpareWriters {
  /** May hold what was written before. */
  take(): ByteWriter
  /** Only after an answer: a connection that broke may still read from it. */
  giveBack(writer: ByteWriter): void
}

/** `most`: bytes of memory that are kept while nobody needs them. */
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
