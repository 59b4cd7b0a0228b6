import type { Batch, Sink, SinkContext } from '../../../src/connector.ts'
import { createPoster, type Poster } from '../../../src/lib/http/poster.ts'
import { createEntrySink } from '../../../src/lib/sinks/entry-sink.ts'
import { checkKey } from './check.ts'
import { addressesOf, type Config } from './config.ts'
import { createWriter, LIMITS, OLDEST_SECONDS, separator, wrap } from './encode.ts'
import { judge } from './verdict.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const poster: Poster = createPoster(context, { compression: config.compression, secrets: [config.api_key] })
  const { intake, validate } = addressesOf(config)
  const write = createWriter(config, context.format)
  const logAge = ageLog(context)
  return createEntrySink({
    poster,
    limits: LIMITS,
    write,
    separator,
    wrap,
    request(body, batch) {
      logAge(batch)
      const headers = { 'dd-api-key': config.api_key.reveal(), 'content-type': 'application/json' }
      return { url: intake, headers, body }
    },
    judge: (answer) => judge(answer, context.now()),
    check: (signal) => checkKey({ poster, url: validate, key: config.api_key }, signal),
  })
}

/** A backfill brings many batches of old events: one line is logged when they begin, and one when they end. */
function ageLog({ logger, now }: SinkContext): (batch: Batch) => void {
  let before = false
  return ({ events }) => {
    const bound = now() / 1000 - OLDEST_SECONDS
    const old = events.some(({ timestamp }) => timestamp < bound)
    if (old && !before) {
      logger.warn(
        'events older than 18 hours: Datadog does not keep their time as that of the log; they hold it in pulumi.timestamp',
      )
    }
    if (!old && before) logger.info('events are younger than 18 hours again')
    before = old
  }
}
