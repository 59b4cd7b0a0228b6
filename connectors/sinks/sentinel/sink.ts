import type { CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { createIdentity } from '../../../src/lib/entra-identity.ts'
import { cureOfRefusal, isRefusal, outcomeWithoutAnswer } from '../../../src/lib/entra-refusal.ts'
import { createEntrySink } from '../../../src/lib/entry-sink.ts'
import type { HttpAnswer } from '../../../src/lib/http.ts'
import { excerptOf, outcomeOfOther } from '../../../src/lib/http-outcome.ts'
import { connectionCure, createPoster, masked, type Poster } from '../../../src/lib/http-poster.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import { type Config, ingestionAddress, SCOPES } from './config.ts'
import { createWriter, LIMITS, separator, wrap } from './encode.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  // Masked until there is a token, so it must be a text that no message holds.
  let token = '\0no token yet'
  const secrets = [
    new Secret(() => token),
    ...(config.auth.type === 'client_secret' ? [config.auth.client_secret] : []),
  ]
  const poster = createPoster(context, { compression: config.compression, secrets })
  const identity = createIdentity(config, SCOPES[config.cloud], context.connection)
  const url = ingestionAddress(config)

  /** A token that was refused is not used again. */
  const send: Poster['send'] = async (it, signal) => {
    const answer = await poster.send(it, signal)
    if (answer.status === 401) identity.forget()
    return answer
  }

  async function request(body: Uint8Array, signal: AbortSignal) {
    token = await identity.token(signal)
    return { url, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body }
  }

  /** An empty array passes token, role, rule and stream, and stores nothing. */
  async function check(signal: AbortSignal): Promise<CheckResult> {
    try {
      const { status, body } = await send(await request(Buffer.from('[]'), signal), signal)
      if (status === 204) return { ok: true, detail: `${config.stream} takes rows`, cure: '' }
      return { ok: false, detail: `HTTP ${status}${excerptOf(body)}`, cure: cureOf(status) }
    } catch (error) {
      const cure = isRefusal(error) ? cureOfRefusal(error) : connectionCure(error)
      return { ok: false, detail: masked(messageOf(error), secrets), cure }
    }
  }

  const sink = createEntrySink({
    poster: { ...poster, send },
    limits: LIMITS,
    write: createWriter(context.format.name !== 'asim'),
    separator,
    wrap,
    request: (body, _batch, signal) => request(body, signal),
    judge: (answer) => judge(answer, context.now()),
    check,
    failed: (error) => outcomeWithoutAnswer(error, secrets),
  })
  return {
    ...sink,
    async close() {
      await Promise.all([sink.close(), identity.close()])
    },
  }
}

/** 204 takes every row. What the rule's transformation drops, nobody says. */
export function judge(answer: HttpAnswer, now: number): Outcome {
  if (answer.status === 204) return delivered
  return outcomeOfOther(answer, 'Azure Monitor', now)
}

function cureOf(status: number): string {
  if (status === 401) return 'check `cloud`: the token is for another audience'
  if (status === 403) {
    return 'give the identity the role Monitoring Metrics Publisher on the data collection rule; it takes minutes to hold'
  }
  if (status === 404) return 'check `endpoint`, `dcr_immutable_id` and `stream`'
  if (status === 429 || status >= 500) return 'Azure Monitor throttles or is in trouble; events wait here'
  return 'compare the columns of the stream with the README of this sink'
}
