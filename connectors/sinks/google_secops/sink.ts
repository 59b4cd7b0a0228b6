import type { CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { createEntrySink } from '../../../src/lib/entry-sink.ts'
import { cureOfNoAnswer } from '../../../src/lib/google-answer.ts'
import { createGoogleTokens } from '../../../src/lib/google-token.ts'
import type { HttpAnswer } from '../../../src/lib/http.ts'
import { excerptOf } from '../../../src/lib/http-outcome.ts'
import { createPoster } from '../../../src/lib/http-poster.ts'
import { type Config, placeOf } from './config.ts'
import { encodingOf, limits, separator } from './encode.ts'
import { cureOf, judge } from './verdict.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const { credentials, compression } = config
  const { scope, intake, check: checkUrl } = placeOf(config)
  const tokens = createGoogleTokens({
    ...{ credentials, scope, now: context.now },
    send: (request, signal) => poster.send(request, signal),
  })
  const secrets = [tokens.last, ...(credentials === undefined ? [] : [credentials])]
  const poster = createPoster(context, { compression, secrets })
  const authorization = async (signal: AbortSignal) => `Bearer ${await tokens.get(signal)}`

  async function check(signal: AbortSignal): Promise<CheckResult> {
    try {
      const headers = { authorization: await authorization(signal) }
      return resultOf(await poster.send({ method: 'GET', url: checkUrl, headers }, signal), config)
    } catch (error) {
      return { ok: false, detail: messageOf(error), cure: cureOfNoAnswer(error, 'region') }
    }
  }

  return createEntrySink({
    ...{ poster, limits, separator, check },
    ...encodingOf(config),
    async request(body, _batch, signal) {
      const headers = { authorization: await authorization(signal), 'content-type': 'application/json' }
      return { url: intake, headers, body }
    },
    judge(answer) {
      if (answer.status === 401) tokens.forget()
      return judge(answer, context.now())
    },
  })
}

/** The Ingestion API lists its log types, the Chronicle API answers with the one that is asked for. */
function resultOf(answer: HttpAnswer, { api, log_type, customer_id }: Config): CheckResult {
  const { status, body } = answer
  if (status !== 200 || !body.trim().startsWith('{')) {
    return { ok: false, detail: `HTTP ${status}${excerptOf(body)}`, cure: cureOf(answer) }
  }
  if (api === 'legacy' && log_type !== undefined && !body.includes(`"${log_type}"`)) {
    const detail = `${log_type} is none of the log types of the instance`
    return { ok: false, detail, cure: 'correct `log_type`, or make a custom log type of that name' }
  }
  const what = log_type === undefined ? 'UDM events' : `raw logs of the type ${log_type}`
  return { ok: true, detail: `instance ${customer_id} answers; it gets ${what}`, cure: '' }
}
