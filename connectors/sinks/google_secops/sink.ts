import type { CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { cureOfNoAnswer } from '../../../src/lib/google/answer.ts'
import { createGoogleSender } from '../../../src/lib/google/sender.ts'
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { answerInWords } from '../../../src/lib/http/outcome.ts'
import { createEntrySink } from '../../../src/lib/sinks/entry-sink.ts'
import { type Config, placeOf } from './config.ts'
import { encodingOf, LIMITS, separator } from './encode.ts'
import { cureOf, judge } from './verdict.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const { credentials, compression, endpoint } = config
  const { scope, intake, check: checkUrl } = placeOf(config)
  const poster = createGoogleSender({ credentials, scope, compression }, context)

  async function check(signal: AbortSignal): Promise<CheckResult> {
    try {
      return resultOf(await poster.send({ method: 'GET', url: checkUrl }, signal), config)
    } catch (error) {
      const cure = cureOfNoAnswer(error, endpoint === undefined ? 'region' : 'endpoint')
      return { ok: false, detail: messageOf(error), cure }
    }
  }

  return createEntrySink({
    ...{ poster, limits: LIMITS, separator, check },
    ...encodingOf(config),
    request: (body) => ({ url: intake, headers: { 'content-type': 'application/json' }, body }),
    judge: (answer) => judge(answer, context.now()),
  })
}

/** The Ingestion API lists its log types; the Chronicle API answers with the one asked for. */
function resultOf(answer: HttpAnswer, { api, log_type, customer_id }: Config): CheckResult {
  const { status, body } = answer
  if (status !== 200 || !body.trim().startsWith('{')) {
    return { ok: false, detail: answerInWords(answer), cure: cureOf(answer) }
  }
  if (api === 'legacy' && log_type !== undefined && !body.includes(`"${log_type}"`)) {
    const detail = `${log_type} is not a log type of the instance`
    return { ok: false, detail, cure: 'correct `log_type`, or make a custom log type of that name' }
  }
  const what = log_type === undefined ? 'UDM events' : `raw logs of the type ${log_type}`
  return { ok: true, detail: `instance ${customer_id} answers; it gets ${what}`, cure: '' }
}
