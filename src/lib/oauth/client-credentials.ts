/** Access tokens of an identity provider, with the grant client_credentials: RFC 6749, 4.4. */
import { z } from 'zod'
import type { Poster } from '../http/poster.ts'
import { httpUrl, secret } from '../options.ts'
import type { Secret } from '../secret.ts'
import { type AccessTokens, createAccessTokens } from './access-token.ts'
import { requestToken } from './token-answer.ts'

/** For the shape of a sink's options, where another way to sign in may take their place. */
export const clientCredentialOptions = {
  token_url: httpUrl().optional().describe('Where to fetch tokens, by the grant client_credentials.'),
  client_id: z.string().min(1, 'is empty').optional().describe('Client id for `token_url`.'),
  client_secret: secret().optional().describe('Client secret for `token_url`.'),
  scope: z.string().min(1, 'is empty').optional().describe('Scope that is asked for at `token_url`.'),
}

interface ClientCredentials {
  readonly token_url?: string | undefined
  readonly client_id?: string | undefined
  readonly client_secret?: Secret | undefined
  readonly scope?: string | undefined
}

export function createClientTokens(
  { token_url: url = '', client_id = '', client_secret, scope }: ClientCredentials,
  send: Poster['send'],
  now: () => number,
): AccessTokens {
  const ask: Poster['send'] = async (request, signal) => {
    try {
      return await send(request, signal)
    } catch (cause) {
      throw new Error(NO_TOKEN, { cause })
    }
  }
  return createAccessTokens((signal) => {
    const form = {
      grant_type: 'client_credentials',
      client_id,
      client_secret: client_secret?.reveal() ?? '',
      ...(scope && { scope }),
    }
    return requestToken({ url, form, endpoint: ENDPOINT, send: ask, now }, signal)
  }, now)
}

/** Used when `token_url` is not reached, because the cause does not say which host it was. */
export const NO_TOKEN = 'no token from `token_url`'

const ENDPOINT = {
  name: 'token from `token_url`',
  cure: 'correct `client_id`, `client_secret` and `scope`',
  lifetimeS: 600,
}
