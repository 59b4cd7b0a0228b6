/**
 * Writes the log's lines to their stream. The reader of a pipe may stop reading without going away, and Node would buffer
 * without a bound: beyond KEPT_BYTES lines are left out, and the next line that finds room says how many.
 */
import { Writable } from 'node:stream'

const KEPT_BYTES = 1024 * 1024

export function createLogOutput(stream: Writable, tellLeftOut: (count: number) => string): Writable {
  let leftOut = 0
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      if (stream.writableLength > KEPT_BYTES) leftOut++
      else {
        if (leftOut > 0) stream.write(tellLeftOut(leftOut))
        leftOut = 0
        stream.write(line)
      }
      done()
    },
  })
}
