import type { CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { cureOfNoAnswer, outcomeOfGoogle } from '../../../src/lib/google/answer.ts'
import { createGoogleSender } from '../../../src/lib/google/sender.ts'
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { answerInWords, cureOfBusy, outcomeOfFailure, withCure } from '../../../src/lib/http/outcome.ts'
import { parseObject } from '../../../src/lib/json-text.ts'
import { UNNAMED, writeEntries } from '../../../src/lib/sinks/entry-requests.ts'
import { createSpareWriters } from '../../../src/lib/spare-writers.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'
import type { Config } from './config.ts'
import { createEncoder, LIMITS, type Message } from './encode.ts'

const SCOPE = 'https://www.googleapis.com/auth/pubsub'
const RIGHT = 'pubsub.topics.publish'

/** https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish */
export function createSink(config: Config, context: SinkContext): Sink {
  const { credentials, ordering_key } = config
  const sender = createGoogleSender({ credentials, scope: SCOPE, compression: 'none' }, context)
  const topic = topicUrl(config)
  const encoder = createEncoder(ordering_key)
  const spare = createSpareWriters()
  const ask = (action: string, body: Uint8Array, signal: AbortSignal) =>
    sender.send({ url: `${topic}:${action}`, headers: { 'content-type': 'application/json' }, body }, signal)
  const plan = {
    // With a single ordering key, order is kept only if requests follow one another.
    limits: { ...LIMITS, parallel: ordering_key === undefined ? 4 : 1 },
    encode: encoder.measure,
    async send(messages: readonly Message[], signal: AbortSignal): Promise<readonly Outcome[]> {
      const out = spare.take()
      const answer = await ask('publish', encoder.body(messages, out), signal)
      spare.giveBack(out)
      if (answer.status !== 200) throw new PublishError(outcomeOf(answer, context.now()))
      const ids = messageIds(answer.body)
      // A topic accepts a request as a whole, with an id for each message.
      return every(messages.length, ids === messages.length ? delivered : UNNAMED)
    },
    judge: (error: unknown) => (error instanceof PublishError ? error.outcome : outcomeOfFailure(error)),
  }
  return {
    write: (batch, signal) => writeEntries(plan, batch, signal),
    async check(signal) {
      try {
        const body = Buffer.from(JSON.stringify({ permissions: [RIGHT] }))
        return resultOf(await ask('testIamPermissions', body, signal), config.topic)
      } catch (error) {
        return { ok: false, detail: messageOf(error), cure: cureOfNoAnswer(error) }
      }
    },
    close: () => sender.close(),
  }
}

export function topicUrl({ endpoint, project, topic }: Config): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/projects/${project}/topics/${topic}`
}

/** Carries what an unsuccessful answer means for its request. */
class PublishError extends Error {
  readonly outcome: Outcome
  constructor(outcome: Outcome) {
    super(outcome.kind)
    this.outcome = outcome
  }
}

function outcomeOf(answer: HttpAnswer, now: number): Outcome {
  const outcome = outcomeOfGoogle(answer, now)
  if (outcome.kind === 'delivered') return UNNAMED
  return withCure(outcome, CURES[answer.status] ?? NO_TOPIC)
}

function messageIds(body: string): number {
  const ids = parseObject(body)?.messageIds
  return Array.isArray(ids) && ids.every((id) => typeof id === 'string' && id !== '') ? ids.length : 0
}

function resultOf(answer: HttpAnswer, topic: string): CheckResult {
  const { status, body } = answer
  if (status === 200 && body.includes(`"${RIGHT}"`))
    return { ok: true, detail: `topic ${topic} takes messages`, cure: '' }
  const lacks = status === 200 && body.trim().startsWith('{')
  const detail = lacks ? `topic ${topic}: ${RIGHT} is missing` : answerInWords(answer)
  return {
    ok: false,
    detail,
    cure: CURES[lacks ? 403 : status] ?? (cureOfBusy(status) || NO_TOPIC),
  }
}

const NO_TOPIC = 'compare `endpoint`, `project` and `topic`'

const CURES: Readonly<Record<number, string>> = {
  400: 'mend what it names: the Cloud KMS key of the topic, or its storage policy and `endpoint`',
  401: 'renew `credentials`',
  403: 'grant the service account Pub/Sub Publisher (roles/pubsub.publisher) on the topic, and enable the Pub/Sub API',
  404: 'create the topic or correct `project` and `topic`',
}
