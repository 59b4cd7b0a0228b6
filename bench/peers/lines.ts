/** The events that a peer sends, read line by line from the file it is given. */
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'

const LINE_FEED = 10

/** Batches of so many lines as they lie in the file, without line ends. */
export async function* batchesOfLines(file: string, size: number): AsyncGenerator<Buffer[]> {
  let rest: Buffer = Buffer.alloc(0)
  let batch: Buffer[] = []
  for await (const piece of createReadStream(file).pipe(createGunzip({ chunkSize: 1 << 18 }))) {
    const text = Buffer.concat([rest, piece as Buffer])
    let from = 0
    for (let at = text.indexOf(LINE_FEED); at !== -1; at = text.indexOf(LINE_FEED, from)) {
      batch.push(text.subarray(from, at))
      from = at + 1
      if (batch.length < size) continue
      yield batch
      batch = []
    }
    rest = text.subarray(from)
  }
  if (batch.length > 0) yield batch
}

/** Runs `send` for each batch, at most `inFlight` at once. */
export async function sendAll(
  batches: AsyncIterable<Buffer[]>,
  inFlight: number,
  send: (batch: Buffer[]) => Promise<void>,
) {
  const underWay = new Set<Promise<void>>()
  for await (const batch of batches) {
    const sent: Promise<void> = send(batch).finally(() => underWay.delete(sent))
    underWay.add(sent)
    if (underWay.size >= inFlight) await Promise.race(underWay)
  }
  await Promise.all(underWay)
}
