import type { Batch, CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { type HttpAnswer, header } from '../../../src/lib/http/http.ts'
import { excerptOf, outcomeOfFailure, outcomeOfStatus } from '../../../src/lib/http/outcome.ts'
import { connectionCure } from '../../../src/lib/http/poster.ts'
import { every, type Outcome } from '../../../src/outcome.ts'
import { createClient, type WebhookClient } from './client.ts'
import type { Config } from './config.ts'
import { encodings, type Message } from './encode.ts'

/** How many requests of one batch may be under way at once, if each event is a request of its own. */
const CONCURRENCY = 8
/** For all batches in flight together. */
const CONNECTIONS = 32

export function createSink(config: Config, context: SinkContext): Sink {
  const client = createClient(config, context, CONNECTIONS)
  const encoding = encodings[config.mode]
  let sawPage = false

  async function post(message: Message, signal: AbortSignal): Promise<Outcome> {
    try {
      const answer = await client.post(message, signal)
      const outcome = outcomeOf(answer, encoding.carries, context.now())
      if (outcome.kind === 'delivered' && !sawPage && isPage(answer)) {
        sawPage = true
        context.logger.warn(PAGE, { said: excerptOf(answer.body).slice(2) })
      }
      if (outcome.kind === 'delivered' || outcome.kind === 'retry' || answer.status === 413) return outcome
      const clock = config.secret === undefined ? '' : cureOfClock(answer, context.now())
      // A receiver that refuses the signature's time would refuse every event: none of them is to blame.
      if (clock !== '') return { kind: 'pause', reason: `${outcome.reason}${clock}` }
      if (outcome.kind !== 'pause') return outcome
      return { ...outcome, reason: `${outcome.reason}${cureOf(answer.status)}` }
    } catch (error) {
      return outcomeOfFailure(error, 'endpoint')
    }
  }

  return {
    async write(batch: Batch, signal: AbortSignal) {
      if (batch.events.length === 0) return []
      if (encoding.carries === 'batch') {
        return every(batch.events.length, await post(encoding.encode(batch), signal))
      }
      const { encode } = encoding
      return postEach(batch.events, (event) => post(encode(event), signal))
    },
    check: (signal) => check(client, config, signal),
    close: () => client.close(),
  }
}

/** Such as the login page of a portal, which also comes with a success. */
function isPage({ body }: HttpAnswer): boolean {
  return /^\s*<(!doctype html|html)\b/i.test(body)
}

const PAGE =
  'the receiver took events and answered with a web page: check that `endpoint` is where they are taken, and what stands before it'

/**
 * Up to {@link CONCURRENCY} at once. After a retry or pause nothing more is sent: the events left share that
 * outcome, so that a receiver in trouble isn't hit by a whole batch.
 */
async function postEach<Item>(
  items: readonly Item[],
  post: (item: Item) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const queue = items.entries()
  let trouble: Outcome | undefined
  const work = async () => {
    for (const [index, item] of queue) {
      const outcome = trouble ?? (await post(item))
      outcomes[index] = outcome
      if (outcome.kind === 'retry' || outcome.kind === 'pause') trouble ??= outcome
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return outcomes
}

/** Any other 4xx refuses the event; in a batch there is no telling which one. */
function outcomeOf(answer: HttpAnswer, carries: 'event' | 'batch', now: number): Outcome {
  const outcome = outcomeOfStatus(answer, now)
  const refused = outcome.kind === 'split' && answer.status !== 413
  return refused && carries === 'event' ? { ...outcome, kind: 'rejected' } : outcome
}

function cureOf(status: number): string {
  if (status === 401 || status === 403) return '; check `auth`, `headers` and `secret`'
  if (status === 404 || status === 405 || status === 410) return '; check the path in `endpoint`'
  return status < 400 ? ': set `endpoint` to where events are taken' : ''
}

/** How far a signature's time may be off the receiver's clock: the tolerance of the Standard Webhooks libraries. */
const TOLERANCE_MS = 5 * 60_000

function cureOfClock({ headers }: HttpAnswer, now: number): string {
  const ahead = now - Date.parse(header(headers, 'date') ?? '')
  if (Number.isNaN(ahead) || Math.abs(ahead) <= TOLERANCE_MS) return ''
  const minutes = Math.round(Math.abs(ahead) / 60_000)
  return `; the clock here is ${minutes} min ${ahead > 0 ? 'ahead of' : 'behind'} the receiver's, so that no signature holds: set it by NTP`
}

/** Any answer passes, except one about TLS itself: what a receiver says to HEAD means nothing for a signed POST. */
async function check(client: WebhookClient, config: Config, signal: AbortSignal): Promise<CheckResult> {
  const { origin } = new URL(config.endpoint)
  try {
    const { status } = await client.probe(signal)
    return {
      ok: true,
      detail: `${origin} is reached; it answers HEAD with ${status}, no event was sent`,
      cure: '',
    }
  } catch (error) {
    return { ok: false, detail: `${origin}: ${messageOf(error)}`, cure: connectionCure(error) }
  }
}
