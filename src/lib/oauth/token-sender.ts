/** Sends requests with an access token. */

import type { HttpAnswer } from '../http/http.ts'
import type { Poster } from '../http/poster.ts'
import type { AccessTokens } from './access-token.ts'

/**
 * A token that was refused is not used again. If it was accepted before, it was revoked, or ended early by a clock that is
 * not ours: the request is sent once more with a new token, so that nobody is called for what heals by itself. Several
 * requests may be under way with the same token when that happens.
 */
export function withToken(
  send: Poster['send'],
  tokens: Pick<AccessTokens, 'get' | 'forget' | 'last'>,
): Poster['send'] {
  let accepted = ''
  const attempt: (...of: Parameters<Poster['send']>) => Promise<Attempt> = async (request, signal) => {
    const token = await tokens.get(signal)
    const wasAccepted = token === accepted
    const headers = { ...request.headers, authorization: `Bearer ${token}` }
    const answer = await send({ ...request, headers }, signal)
    const isRefused = answer.status === 401
    // Another request may have brought a new one meanwhile.
    if (token === tokens.last.reveal()) {
      accepted = isRefused ? '' : token
      if (isRefused) tokens.forget()
    }
    return { answer, mayHeal: isRefused && wasAccepted }
  }
  return async (request, signal) => {
    const { answer, mayHeal } = await attempt(request, signal)
    return mayHeal ? (await attempt(request, signal)).answer : answer
  }
}

interface Attempt {
  readonly answer: HttpAnswer
  readonly mayHeal: boolean
}
