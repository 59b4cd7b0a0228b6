/** Requests to Google Cloud under a service account's token. */
import type { ConnectorContext } from '../connector.ts'
import { createGoogleTokens, type GoogleTokenPlan } from './google-token.ts'
import { createPoster, type Poster, type PosterOptions } from './http-poster.ts'

export type GoogleSenderOptions = Pick<GoogleTokenPlan, 'credentials' | 'scope'> &
  Pick<PosterOptions, 'compression'>

/** A token that was refused is not used again. */
export function createGoogleSender(
  { credentials, scope, compression }: GoogleSenderOptions,
  context: ConnectorContext,
): Pick<Poster, 'send' | 'close'> {
  const tokens = createGoogleTokens({
    ...{ credentials, scope, now: context.now },
    send: (request, signal) => poster.send(request, signal),
  })
  const secrets = [tokens.last, ...(credentials === undefined ? [] : [credentials])]
  const poster = createPoster(context, { compression, secrets })
  return {
    async send(request, signal) {
      const authorization = `Bearer ${await tokens.get(signal)}`
      const answer = await poster.send({ ...request, headers: { ...request.headers, authorization } }, signal)
      if (answer.status === 401) tokens.forget()
      return answer
    },
    close: () => poster.close(),
  }
}
