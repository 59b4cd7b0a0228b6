/** Options that every source takes; connectors declare only their own. */
import { z } from 'zod'
import { duration, integer, parseDuration } from '../lib/options.ts'
import type { Start } from './config.ts'
import { connectionOptions, TIMER_LIMIT } from './connection-options.ts'
import { parseRfc3339 } from './rfc3339.ts'

/** Beyond this the ledger has forgotten which events it saw. */
const LEDGER_LIMIT = '400d'
/** Some 50 years: `beginning` says better what lies before. */
const OLDEST_START = '18000d'

export const sourceOptions = z.strictObject({
  poll_every: duration({ min: '1s', max: TIMER_LIMIT }).prefault('5m').describe('Time between two polls.'),
  start: startOption()
    .prefault('24h')
    .describe(
      'Earliest event wanted, on the first start: now, beginning, a time ago (24h), or a date-time (2026-01-01T00:00:00Z).',
    ),
  overlap: duration({ max: LEDGER_LIMIT })
    .prefault('15m')
    .describe('How far each poll re-reads behind the checkpoint, for events that appear late.'),
  retrospect: z
    .array(duration({ min: '1s', max: LEDGER_LIMIT }))
    .prefault(['1h', '24h', '7d'])
    .describe('How long after an event’s time its window is read again, for events that appear late.'),
  reconcile: z
    .strictObject({
      every: duration({ min: '1h', max: TIMER_LIMIT }).describe('Time between two reconciliations.'),
    })
    .optional()
    .describe('Regularly proves that the day before is complete. Off if unset.'),
  requests_per_minute: integer({ min: 1, max: 6000 })
    .default(30)
    .describe('Budget of requests for polls, retrospection and backfills together.'),
  timeout: duration({ min: '0.1s', max: TIMER_LIMIT })
    .prefault('60s')
    .describe('Longest wait for an answer to begin or to go on.'),
  ...connectionOptions,
})

function startOption() {
  const expectation =
    'expected now, beginning, a duration such as 24h, or a time such as 2026-01-01T00:00:00Z'
  const ago = duration({ max: OLDEST_START })
  return z.string({ error: expectation }).transform((text, context): Start => {
    if (text === 'now' || text === 'beginning') return { kind: text }
    const second = parseRfc3339(text)
    if (second !== undefined) return { kind: 'at', second }
    const parsed = ago.safeParse(text)
    if (parsed.success) return { kind: 'ago', ms: parsed.data }
    const message =
      parseDuration(text) === undefined
        ? expectation
        : `must be at most ${OLDEST_START}; \`beginning\` takes all`
    context.issues.push({ code: 'custom', message, input: text })
    return z.NEVER
  })
}
