/** Sends requests with an access token. */

import type { Poster } from '../http/poster.ts'
import type { AccessTokens } from './access-token.ts'

/**
 * A token that was refused is not used again. If it was accepted before, it was revoked, or ended early by a clock that is
 * not ours: the request is sent once more with a new token, so that nobody is called for what heals by itself.
 */
export function withToken(
  send: Poster['send'],
  tokens: Pick<AccessTokens, 'get' | 'forget'>,
): Poster['send'] {
  let accepted = ''
  const sendWithToken: Poster['send'] = async (request, signal) => {
    const token = await tokens.get(signal)
    const headers = { ...request.headers, authorization: `Bearer ${token}` }
    const answer = await send({ ...request, headers }, signal)
    const wasAccepted = token === accepted
    accepted = answer.status === 401 ? '' : token
    if (answer.status !== 401) return answer
    tokens.forget()
    return wasAccepted ? sendWithToken(request, signal) : answer
  }
  return sendWithToken
}
