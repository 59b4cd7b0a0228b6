/** Memory for the bodies of requests, used over and over: what is fresh for each request costs more than to fill it. */
import { ByteWriter } from './byte-writer.ts'

export interface SpareWriters {
  /** May hold what was written before. */
  take(): ByteWriter
  /** Only after an answer: a connection that broke may still read from it. */
  giveBack(writer: ByteWriter): void
}

export function createSpareWriters(): SpareWriters {
  const spare: ByteWriter[] = []
  return {
    take: () => spare.pop() ?? new ByteWriter(),
    giveBack: (writer) => void spare.push(writer),
  }
}
