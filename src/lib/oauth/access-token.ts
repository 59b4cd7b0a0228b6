/** Access tokens that expire: fetched when first needed, kept until shortly before their end. */
import { abortable } from '../abortable.ts'
import { Secret } from '../secret.ts'

export interface AccessToken {
  readonly value: string
  /** Milliseconds. */
  readonly expiresAt: number
}

export interface AccessTokens {
  /** Throws TokenRefusedError if a person must act; anything else it throws may pass. */
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

/** The token service throttles or is in trouble, which passes by itself, whatever the answer says. */
export class TokenDelayedError extends Error {
  override readonly name = 'TokenDelayedError'
  /** From `Retry-After`, milliseconds. */
  readonly afterMs: number | undefined

  constructor(message: string, afterMs: number | undefined) {
    super(message)
    this.afterMs = afterMs
  }
}

interface Asked {
  readonly answer: Promise<AccessToken>
  readonly signal: AbortSignal
}

const EARLY_MS = 5 * 60_000

export function createAccessTokens(
  fetch: (signal: AbortSignal) => Promise<AccessToken>,
  now: () => number,
): AccessTokens {
  let kept: AccessToken | undefined
  let last = ''
  let asked: Asked | undefined

  /** Once for all that need one meanwhile, of which the first may be given up. */
  const renew = async (signal: AbortSignal): Promise<AccessToken> => {
    asked ??= { answer: fetch(signal).finally(() => (asked = undefined)), signal }
    const { answer, signal: ofFirst } = asked
    try {
      return await abortable(answer, signal)
    } catch (error) {
      if (signal.aborted || !ofFirst.aborted) throw error
      return renew(signal)
    }
  }

  return {
    async get(signal) {
      if (kept === undefined || kept.expiresAt - EARLY_MS <= now()) kept = await renew(signal)
      last = kept.value
      return last
    },
    forget() {
      kept = undefined
    },
    // An empty secret would be found everywhere.
    last: new Secret(() => last || '\0no token yet'),
  }
}
