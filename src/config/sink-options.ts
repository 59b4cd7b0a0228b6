/** Options that every sink takes; connectors declare only their own. */
import { z } from 'zod'
import type { FormatName } from '../formats/format.ts'
import { formatOptions } from '../formats/options.ts'
import { duration, flag, integer, parseDuration, size } from '../lib/options.ts'
import { connectionOptions, TIMER_LIMIT } from './connection-options.ts'
import { expression, ruleOptions } from './rule-options.ts'

/** `formats`: what the sink takes, its default first. `sources`: known ids; any text is one if it is left out. */
export function sinkOptions(formats: readonly FormatName[], sources: readonly string[] = []) {
  return z.strictObject({
    sources: z
      .array(sources.length === 0 ? z.string() : z.enum(sources, { error: 'there is no such source' }))
      .min(1)
      .optional()
      .describe('Ids of the sources it takes events from. Default: all.'),
    where: expression()
      .optional()
      .describe('CEL expression over the event; only events for which it is true are sent.'),
    format: z
      .enum(formats)
      .default(formats[0] ?? 'native')
      .describe('Format of the events.'),
    ...ruleOptions,
    batch: z
      .strictObject({
        max_events: integer({ min: 1 })
          .optional()
          .describe('Most events in one batch. Default: the sink’s own.'),
        max_bytes: size({ min: '1B' }).optional().describe('Largest batch. Default: the sink’s own.'),
        max_age: duration({ min: '1s', max: TIMER_LIMIT })
          .optional()
          .describe('How long an event waits at most for its batch to fill. Default: the sink’s own.'),
      })
      .prefault({})
      .describe('A batch is written when the first of these is reached.'),
    in_flight: integer({ min: 1, max: 256 })
      .optional()
      .describe('Batches that may wait for an answer at the same time. Default: the sink’s own.'),
    timeout: duration({ min: '0.1s', max: TIMER_LIMIT })
      .optional()
      .describe('Longest duration of one request. Default: the sink’s own.'),
    retry: z
      .strictObject({
        max_backoff: duration({ min: '1s', max: TIMER_LIMIT })
          .prefault('5m')
          .describe('Longest pause between two attempts; a paused sink is probed this often.'),
        give_up_after: giveUpOption()
          .prefault('never')
          .describe('When an event that can’t be delivered becomes a dead letter.'),
      })
      .prefault({})
      .describe('What happens when a batch can’t be delivered.'),
    ...connectionOptions,
    start: z
      .enum(['checkpoint', 'beginning'])
      .default('checkpoint')
      .describe(
        'Where a sink that is added later begins: `checkpoint`, with new events; `beginning`, with the oldest in the spool.',
      ),
    enabled: flag()
      .default(true)
      .describe('false: the sink takes no events, and the spool does not wait for it.'),
    ...formatOptions.shape,
  })
}

export type SinkOptions = z.output<ReturnType<typeof sinkOptions>>

/** Milliseconds, or undefined for never. */
function giveUpOption() {
  const expectation = 'expected never, or a duration of at least 1s such as 24h'
  return z.string({ error: expectation }).transform((text, context) => {
    if (text === 'never') return undefined
    const ms = parseDuration(text)
    if (ms !== undefined && ms >= 1000) return ms
    context.issues.push({ code: 'custom', message: expectation, input: text })
    return z.NEVER
  })
}
