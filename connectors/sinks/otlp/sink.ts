import type { CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { basicCredentials } from '../../../src/lib/http/options.ts'
import { answerInWords } from '../../../src/lib/http/outcome.ts'
import { connectionCure, createPoster, masked, maskedOutcome } from '../../../src/lib/http/poster.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { createEntrySink } from '../../../src/lib/sinks/entry-sink.ts'
import { type Config, logsAddress } from './config.ts'
import { createProtobuf, json, LIMITS } from './encode.ts'
import { cureOf, judge } from './verdict.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const { auth, headers, compression } = config
  const encoding = config.encoding === 'json' ? json : createProtobuf()
  const secrets = [...Object.values(headers), ...secretsOf(auth)]
  const poster = createPoster(context, { compression, secrets })
  const url = logsAddress(config.endpoint)

  const request = (body: Uint8Array) => {
    const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.reveal()])
    const all = { ...Object.fromEntries(own), ...authorization(auth), 'content-type': encoding.contentType }
    return { url, headers: all, body }
  }

  async function check(signal: AbortSignal): Promise<CheckResult> {
    try {
      // The specification requires an empty request to succeed.
      const empty = encoding === json ? Buffer.from('{}') : Buffer.alloc(0)
      const answer = await poster.send(request(empty), signal)
      const { outcome } = judge(answer, 0, context.now())
      if (outcome.kind === 'delivered') return { ok: true, detail: `${url} takes logs`, cure: '' }
      return { ok: false, detail: answerInWords(answer), cure: cureOf(answer.status) }
    } catch (error) {
      return { ok: false, detail: messageOf(error), cure: connectionCure(error) }
    }
  }

  return createEntrySink({
    ...encoding,
    poster,
    limits: LIMITS,
    request,
    judge(answer, sent) {
      const { outcome, warning } = judge(answer, sent, context.now())
      if (warning !== undefined) {
        context.logger.warn('the receiver took all records and warns', { said: masked(warning, secrets) })
      }
      return maskedOutcome(outcome, secrets)
    },
    check,
  })
}

function authorization(auth: Config['auth']): { authorization?: string } {
  if (auth === undefined) return {}
  if (auth.type === 'bearer') return { authorization: `Bearer ${auth.token.reveal()}` }
  return { authorization: `Basic ${basicCredentials(auth)}` }
}

function secretsOf(auth: Config['auth']): Secret[] {
  if (auth === undefined) return []
  if (auth.type === 'bearer') return [auth.token]
  return [auth.password, new Secret(() => basicCredentials(auth))]
}
