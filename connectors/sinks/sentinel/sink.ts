import type { CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { createIdentity } from '../../../src/lib/entra/identity.ts'
import { cureOfRefusal, isRefusal, outcomeWithoutAnswer } from '../../../src/lib/entra/refusal.ts'
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { answerInWords, outcomeOfOther, withCure } from '../../../src/lib/http/outcome.ts'
import { connectionCure, createPoster, masked } from '../../../src/lib/http/poster.ts'
import { isObject, parseObject } from '../../../src/lib/json-text.ts'
import { withToken } from '../../../src/lib/oauth/token-sender.ts'
import { createEntrySink } from '../../../src/lib/sinks/entry-sink.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import { type Config, ingestionAddress, SCOPES } from './config.ts'
import { createWriter, LIMITS, separator, wrap } from './encode.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const identity = createIdentity(config, SCOPES[config.cloud], context.connection)
  const secrets = [
    identity.last,
    ...(config.auth.type === 'client_secret' ? [config.auth.client_secret] : []),
  ]
  const poster = createPoster(context, { compression: config.compression, secrets })
  const send = withToken(poster.send, identity)
  const request = (body: Uint8Array) => ({
    ...{ url: ingestionAddress(config), headers: { 'content-type': 'application/json' } },
    body,
  })

  /** An empty array tests token, role, rule and stream, and stores nothing. */
  async function check(signal: AbortSignal): Promise<CheckResult> {
    try {
      const answer = await send(request(Buffer.from('[]')), signal)
      if (answer.status === 204) return { ok: true, detail: `${config.stream} takes rows`, cure: '' }
      return { ok: false, detail: answerInWords(answer), cure: cureOf(answer) }
    } catch (error) {
      const cure = isRefusal(error) ? cureOfRefusal(error) : connectionCure(error)
      return { ok: false, detail: masked(messageOf(error), secrets), cure }
    }
  }

  return createEntrySink({
    poster: {
      send,
      async close() {
        await Promise.all([poster.close(), identity.close()])
      },
    },
    limits: LIMITS,
    write: createWriter(context.format.name !== 'asim'),
    separator,
    wrap,
    request,
    judge: (answer) => judge(answer, context.now()),
    check,
    failed: (error) => outcomeWithoutAnswer(error, secrets),
  })
}

/** 204 accepts every row. Nothing reports what the rule's transformation drops. */
export function judge(answer: HttpAnswer, now: number): Outcome {
  if (answer.status === 204) return delivered
  const outcome = outcomeOfOther(answer, 'Azure Monitor', now)
  const pauses = outcome.kind === 'split' && isAboutRule(answer)
  return withCure(pauses ? { kind: 'pause', reason: outcome.reason } : outcome, cureOf(answer))
}

/**
 * A 400 that every row would get: it must pause the sink, or each row would become a dead letter. The codes are not
 * documented.
 */
function isAboutRule({ status, body }: HttpAnswer): boolean {
  const error = parseObject(body)?.error
  if (status !== 400 || !isObject(error)) return false
  return /stream|rule|dcr/i.test(String(error.code)) || /data collection rule/i.test(String(error.message))
}

function cureOf(answer: HttpAnswer): string {
  const { status } = answer
  if (status === 401) return 'check `cloud`: the token is for another audience'
  if (status === 403) {
    return 'give the identity the role Monitoring Metrics Publisher on the data collection rule; it takes minutes to hold'
  }
  if (status === 404 || isAboutRule(answer)) return 'check `endpoint`, `dcr_immutable_id` and `stream`'
  if (status === 429 || status >= 500) return 'Azure Monitor throttles or is in trouble; events wait here'
  return 'compare the columns of the stream with the README of this sink'
}
