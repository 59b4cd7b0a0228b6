/** Access tokens that expire: fetched when first needed, kept until shortly before their end. */
import type { HttpAnswer } from './http.ts'
import { excerptOf } from './http-outcome.ts'
import { parseObject } from './json-text.ts'
import { Secret } from './secret.ts'

export interface AccessToken {
  readonly value: string
  /** Milliseconds. */
  readonly expiresAt: number
}

export interface AccessTokens {
  /** Throws TokenRefusedError where a person must mend something; what else it throws may pass. */
  get(signal: AbortSignal): Promise<string>
  /** After the service refused it: the next request gets a fresh one. */
  forget(): void
  /** The token of the last request, to be masked in answers. */
  readonly last: Secret
}

/** `needsPerson` knows the code. */
export class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError'
  readonly code = 'AUDITFERRY_TOKEN_REFUSED'
}

/** What is said of an answer without a token. */
interface TokenEndpoint {
  readonly name: string
  /** What a person does about a refusal. */
  readonly cure: string
  /** Of tokens whose answer doesn't say it. */
  readonly lifetimeS: number
}

/** The answer of a token endpoint: RFC 6749, 5. */
export function readTokenAnswer(
  { status, body, bytes }: Pick<HttpAnswer, 'status' | 'body' | 'bytes'>,
  { name, cure, lifetimeS }: TokenEndpoint,
  now: number,
): AccessToken {
  // In `body` secrets are masked, the last token among them, which may be given again.
  const text = bytes === undefined ? body : Buffer.from(bytes).toString()
  const { access_token, expires_in } = (status === 200 && parseObject(text)) || {}
  if (typeof access_token === 'string' && access_token !== '') {
    const seconds = Number(expires_in ?? lifetimeS)
    return { value: access_token, expiresAt: now + (Number.isNaN(seconds) ? lifetimeS : seconds) * 1000 }
  }
  const reason = `${name}: HTTP ${status}${status === 200 ? ' without a token' : excerptOf(body)}`
  throw isRefusal(status) ? new TokenRefusedError(`${reason}; ${cure}`) : new Error(reason)
}

export function isRefusal(status: number): boolean {
  return status >= 300 && status < 500 && status !== 408 && status !== 429
}

const EARLY_MS = 5 * 60_000

export function createAccessTokens(
  fetch: (signal: AbortSignal) => Promise<AccessToken>,
  now: () => number,
): AccessTokens {
  let kept: AccessToken | undefined
  let last = ''
  return {
    async get(signal) {
      if (kept === undefined || kept.expiresAt - EARLY_MS <= now()) kept = await fetch(signal)
      last = kept.value
      return last
    },
    forget() {
      kept = undefined
    },
    // An empty text would be found everywhere.
    last: new Secret(() => last || '\0no token yet'),
  }
}
