/** Whether the API accepts the key. No event is sent, so the intake itself is first reached by a real event. */
import type { CheckResult } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { answerInWords } from '../../../src/lib/http/outcome.ts'
import { connectionCure, type Poster } from '../../../src/lib/http/poster.ts'
import type { Secret } from '../../../src/lib/secret.ts'
import { cureOf } from './verdict.ts'

interface KeyCheck {
  readonly poster: Poster
  readonly url: string
  readonly key: Secret
}

export async function checkKey({ poster, url, key }: KeyCheck, signal: AbortSignal): Promise<CheckResult> {
  const { host } = new URL(url)
  try {
    const headers = { 'dd-api-key': key.reveal() }
    const answer = await poster.send({ method: 'GET', url, headers }, signal)
    const { status, body } = answer
    if (status === 200 && /"valid"\s*:\s*true/.test(body)) {
      return { ok: true, detail: `${host} takes the API key`, cure: '' }
    }
    return { ok: false, detail: `${host}: ${answerInWords(answer)}`, cure: cureOf(status) }
  } catch (error) {
    return { ok: false, detail: `${host}: ${messageOf(error)}`, cure: connectionCure(error, 'site') }
  }
}
