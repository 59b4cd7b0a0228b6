/** Sends requests with an access token. */

import type { Poster } from '../http/poster.ts'
import type { AccessTokens } from './access-token.ts'

/** A token that was refused is not used again. */
export function withToken(
  send: Poster['send'],
  tokens: Pick<AccessTokens, 'get' | 'forget'>,
): Poster['send'] {
  return async (request, signal) => {
    const authorization = `Bearer ${await tokens.get(signal)}`
    const answer = await send({ ...request, headers: { ...request.headers, authorization } }, signal)
    if (answer.status === 401) tokens.forget()
    return answer
  }
}
