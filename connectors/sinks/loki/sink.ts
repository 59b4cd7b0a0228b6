import type { Batch, Sink, SinkContext } from '../../../src/connector.ts'
import { createPoster } from '../../../src/lib/http-poster.ts'
import { createRequestSink } from '../../../src/lib/request-sink.ts'
import type { Outcome } from '../../../src/outcome.ts'
import { checkLoki } from './check.ts'
import { type Config, headersOf, pushAddress, secretsOf } from './config.ts'
import { createFieldReader, encodePush, isPlaceable } from './encode.ts'
import { judge } from './verdict.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const poster = createPoster(context, { compression: config.compression, secrets: secretsOf(config) })
  const url = pushAddress(config)
  const read = context.format.name === 'native' ? createFieldReader(config) : undefined
  const sink = createRequestSink({
    poster,
    request: (batch, _signal, out) => ({
      url,
      headers: headersOf(config),
      body: encodePush(batch, config, read, out),
    }),
    judge: (answer, { events }) => judge(answer, events.length, context.now()),
    check: (signal) => checkLoki(poster, { url, headers: headersOf(config) }, signal),
  })
  return {
    ...sink,
    async write(batch, signal) {
      const events = batch.events.filter(isPlaceable)
      if (events.length === batch.events.length) return sink.write(batch, signal)
      const outcomes = (await sink.write(only(batch, events), signal)).values()
      return batch.events.map((event) =>
        isPlaceable(event) ? (outcomes.next().value ?? UNPLACEABLE) : UNPLACEABLE,
      )
    },
  }
}

const UNPLACEABLE: Outcome = {
  kind: 'rejected',
  reason: 'the timestamp is before 1970 or after 2262: Loki can hold no such time',
}

function only(batch: Batch, events: Batch['events']): Batch {
  return { ...batch, events, bytes: events.reduce((sum, { payload }) => sum + payload.length, 0) }
}
