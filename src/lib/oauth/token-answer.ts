/** What a token endpoint is asked for, and its answer: RFC 6749, 4.4 and 5. */

import type { HttpAnswer } from '../http/http.ts'
import { answerInWords, retryAfterMs } from '../http/outcome.ts'
import type { PosterRequest } from '../http/poster.ts'
import { parseObject } from '../json-text.ts'
import { type AccessToken, TokenDelayedError, TokenRefusedError } from './access-token.ts'

/** For messages about an answer without a token. */
interface TokenEndpoint {
  readonly name: string
  /** What a person can do about a refusal. */
  readonly cure: string
  /** Assumed when the answer doesn't give it. */
  readonly lifetimeS: number
}

interface TokenRequest {
  readonly url: string
  readonly form: Readonly<Record<string, string>>
  readonly endpoint: TokenEndpoint
  readonly send: (request: PosterRequest, signal: AbortSignal) => Promise<HttpAnswer>
  readonly now: () => number
}

export async function requestToken(
  { url, form, endpoint, send, now }: TokenRequest,
  signal: AbortSignal,
): Promise<AccessToken> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  const body = Buffer.from(`${new URLSearchParams(form)}`)
  return readTokenAnswer(await send({ url, headers, body, plain: true }, signal), endpoint, now())
}

export function readTokenAnswer(
  { status, headers, body, bytes }: Pick<HttpAnswer, 'status' | 'headers' | 'body' | 'bytes'>,
  { name, cure, lifetimeS }: TokenEndpoint,
  now: number,
): AccessToken {
  // Not `body`, in which secrets are masked: among them the last token, which the answer may repeat.
  const text = bytes === undefined ? body : Buffer.from(bytes).toString()
  const { access_token, expires_in } = (status === 200 && parseObject(text)) || {}
  if (typeof access_token === 'string' && access_token !== '') {
    const seconds = Number(expires_in ?? lifetimeS)
    return { value: access_token, expiresAt: now + (Number.isNaN(seconds) ? lifetimeS : seconds) * 1000 }
  }
  const said = status === 200 ? 'HTTP 200 without a token' : answerInWords({ status, headers, body })
  const reason = `${name}: ${said}`
  throw isRefusal(status)
    ? new TokenRefusedError(`${reason}; ${cure}`)
    : new TokenDelayedError(reason, retryAfterMs(headers, now))
}

export function isRefusal(status: number): boolean {
  return status >= 300 && status < 500 && status !== 408 && status !== 429
}
