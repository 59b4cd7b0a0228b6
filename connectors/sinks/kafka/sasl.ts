/** Signing in, as the package wants it told; tokens of an identity provider are fetched over the sink's own connection. */
import type * as Package from '@platformatic/kafka'
import type { SinkContext } from '../../../src/connector.ts'
import { type AccessToken, createAccessTokens, TokenRefusedError } from '../../../src/lib/access-token.ts'
import { createPoster, type Poster } from '../../../src/lib/http-poster.ts'
import { parseObject } from '../../../src/lib/json-text.ts'
import { readTokenAnswer } from '../../../src/lib/token-answer.ts'
import { type Sasl, secretsOf } from './config.ts'

export interface SaslOptions {
  readonly options?: Package.ConnectionOptions['sasl']
  close?(): Promise<void>
}

export function createSaslOptions(sasl: Sasl, context: SinkContext): SaslOptions {
  if (sasl.mechanism === 'none') return {}
  // As RFC 4422 and the brokers write them.
  const mechanism = sasl.mechanism.toUpperCase() as Package.SASLMechanismValue
  if (sasl.mechanism !== 'oauthbearer') {
    const { username = '', password } = sasl
    return { options: { mechanism, username, password: () => password?.reveal() ?? '' } }
  }
  const poster = createPoster(context, { compression: 'none', secrets: secretsOf(sasl) })
  const tokens = createAccessTokens((signal) => fetchToken(sasl, poster, context.now, signal), context.now)
  return {
    options: {
      mechanism,
      token: () => sasl.token?.reveal() ?? tokens.get(AbortSignal.timeout(context.connection.timeoutMs)),
      oauthBearerExtensions: sasl.extensions,
      // A broker says in a successful answer that it doesn't take the token (RFC 7628, 3.2.2).
      authBytesValidator(bytes, answer) {
        if (bytes.length === 0) return answer(null, bytes)
        tokens.forget()
        answer(new TokenRefusedError(`the token is refused: ${statusOf(bytes)}`))
      },
    },
    close: () => poster.close(),
  }
}

/**
 * The package's SCRAM throws at an answer that is none while it hears it, where nobody catches, and the process would
 * end: here the login fails.
 */
export function scramOf(kafka: typeof Package): Package.SASLCustomAuthenticator {
  const { authenticate, defaultCrypto } = kafka.saslScramSha
  return (mechanism, connection, send, username = '', password = '', _token, done) => {
    const fail = () => done(new kafka.AuthenticationError('The answer is not SCRAM.'), undefined as never)
    const guarded = (...[on, bytes, hear]: Parameters<typeof send>) =>
      send(on, bytes, (...said) => void Promise.try(() => hear?.(...said)).catch(fail))
    const algorithm = mechanism.slice('SCRAM-'.length) as Package.saslScramSha.ScramAlgorithm
    authenticate(Object.assign(guarded, send), connection, algorithm, username, password, defaultCrypto, done)
  }
}

/** RFC 6749, 4.4. */
async function fetchToken(
  { token_url = '', client_id = '', client_secret, scope }: Sasl,
  poster: Poster,
  now: () => number,
  signal: AbortSignal,
): Promise<AccessToken> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id,
    client_secret: client_secret?.reveal() ?? '',
    ...(scope && { scope }),
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  const answer = await poster.send({ url: token_url, headers, body: Buffer.from(`${form}`) }, signal)
  return readTokenAnswer(answer, ENDPOINT, now())
}

const ENDPOINT = {
  name: 'token from `token_url`',
  cure: 'correct `client_id`, `client_secret` and `scope`',
  lifetimeS: 600,
}

function statusOf(bytes: Buffer): string {
  const status = parseObject(`${bytes}`)?.status
  return typeof status === 'string' ? status.slice(0, 60) : 'no reason given'
}
