/** Sends requests to Google Cloud with a service account's token. */
import type { ConnectorContext } from '../../connector.ts'
import { createPoster, type Poster, type PosterOptions } from '../http/poster.ts'
import { withToken } from '../oauth/token-sender.ts'
import { createGoogleTokens, type GoogleTokenPlan } from './token.ts'

type GoogleSenderOptions = Pick<GoogleTokenPlan, 'credentials' | 'scope'> & Pick<PosterOptions, 'compression'>

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
  return { send: withToken(poster.send, tokens), close: () => poster.close() }
}
