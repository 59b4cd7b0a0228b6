import type { CheckResult } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { answerInWords, cureOfBusy } from '../../../src/lib/http/outcome.ts'
import { connectionCure, type Poster, type PosterRequest } from '../../../src/lib/http/poster.ts'
import { cureOf } from './verdict.ts'

/** An empty push passes the same checks as one of events: newer versions answer it with 422, older ones with 204. */
export async function checkLoki(
  poster: Poster,
  request: PosterRequest,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    const answer = await poster.send({ ...request, body: Buffer.from('{"streams":[]}') }, signal)
    const { status } = answer
    if (status === 204 || status === 422) {
      return { ok: true, detail: 'Loki takes pushes of this tenant; no event was sent', cure: '' }
    }
    const cure = cureOf(answer) || cureOfBusy(status) || 'check `endpoint`: no Loki answers there'
    return { ok: false, detail: answerInWords(answer), cure }
  } catch (error) {
    return { ok: false, detail: messageOf(error), cure: connectionCure(error) }
  }
}
