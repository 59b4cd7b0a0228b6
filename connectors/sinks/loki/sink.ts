import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Batch, BatchEvent, Sink, SinkContext } from '../../../src/connector.ts'
import type { ByteWriter } from '../../../src/lib/byte-writer.ts'
import { outcomeOfFailure } from '../../../src/lib/http/outcome.ts'
import { createPoster, type PosterRequest } from '../../../src/lib/http/poster.ts'
import { createSpareWriters } from '../../../src/lib/spare-writers.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'
import { checkLoki } from './check.ts'
import { type Config, headersOf, pushAddress, secretsOf } from './config.ts'
import { createStreamReader, encodePush, isPlaceable } from './encode.ts'
import { judge, withoutLongLines } from './verdict.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const poster = createPoster(context, { compression: config.compression, secrets: secretsOf(config) })
  const url = pushAddress(config)
  const read = createStreamReader(context.format.name, config)
  const spare = createSpareWriters()

  async function push(request: PosterRequest, count: number, out: ByteWriter, signal: AbortSignal) {
    try {
      const answer = await poster.send(request, signal)
      spare.giveBack(out)
      return judge(answer, count, context.now())
    } catch (error) {
      return outcomeOfFailure(error)
    }
  }

  /**
   * One after the other, since none may overtake another; the next push is prepared while Loki handles the previous
   * one.
   */
  async function pushAll(events: Batch['events'], { source, organization }: Batch, signal: AbortSignal) {
    let taken = 0
    let underWay = 0
    let outcome: Promise<Outcome> = Promise.resolve(delivered)
    for (const piece of piecesOf(events)) {
      const out = spare.take()
      const body = encodePush({ source, organization, events: piece }, config, read, out)
      const request = await poster.prepare({ url, headers: headersOf(config), body })
      if ((await outcome).kind !== 'delivered') break
      taken += underWay
      underWay = piece.length
      // Judged by the count of the whole batch, which shares the outcome: a push of one event is not retried alone.
      outcome = push(request, events.length, out, signal)
      // Lets it leave before the next one is prepared.
      await nextTurn()
    }
    // Whatever follows a refused push shares its outcome.
    const last = await outcome
    return [...every(taken, delivered), ...withoutLongLines(events.slice(taken), last)]
  }

  return {
    async write(batch, signal) {
      const events = batch.events.filter(isPlaceable)
      const outcomes = (await pushAll(events, batch, signal)).values()
      return batch.events.map((event) =>
        isPlaceable(event) ? (outcomes.next().value ?? UNPLACEABLE) : UNPLACEABLE,
      )
    },
    check: (signal) => checkLoki(poster, { url, headers: headersOf(config) }, signal),
    close: () => poster.close(),
  }
}

const UNPLACEABLE: Outcome = {
  kind: 'rejected',
  reason: 'the timestamp is before 1970 or after 2262: Loki can hold no such time',
}

/** Size of one push: a batch is cut into several, so that one can be prepared while another is on its way. */
const PUSH_BYTES = 1 << 20

function* piecesOf(events: Batch['events']): Generator<BatchEvent[]> {
  const all = events.reduce((sum, { payload }) => sum + payload.length, 0)
  const enough = all / Math.ceil(all / PUSH_BYTES)
  let piece: BatchEvent[] = []
  let bytes = 0
  for (const event of events) {
    piece.push(event)
    bytes += event.payload.length
    if (bytes < enough) continue
    yield piece
    piece = []
    bytes = 0
  }
  if (piece.length > 0) yield piece
}
