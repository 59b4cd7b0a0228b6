/** Logging in, in the package's terms; tokens of an identity provider are fetched over the sink's own connection. */
import type * as Package from '@platformatic/kafka'
import type { SinkContext } from '../../../src/connector.ts'
import { createPoster } from '../../../src/lib/http/poster.ts'
import { parseObject } from '../../../src/lib/json-text.ts'
import { TokenRefusedError } from '../../../src/lib/oauth/access-token.ts'
import { createClientTokens } from '../../../src/lib/oauth/client-credentials.ts'
import { type Sasl, secretsOf } from './config.ts'

interface Login {
  optionsFor(kafka: typeof Package): Package.ConnectionOptions['sasl']
  close?(): Promise<void>
}

export function createLogin(sasl: Sasl, context: SinkContext): Login {
  if (sasl.mechanism === 'none') return { optionsFor: () => undefined }
  // As RFC 4422 and the brokers write them.
  const mechanism = sasl.mechanism.toUpperCase() as Package.SASLMechanismValue
  if (sasl.mechanism !== 'oauthbearer') {
    const { username = '', password } = sasl
    const login = { mechanism, username, password: () => password?.reveal() ?? '' }
    const isScram = sasl.mechanism !== 'plain'
    return { optionsFor: (kafka) => (isScram ? { ...login, authenticate: scramOf(kafka) } : login) }
  }
  const poster = createPoster(context, { compression: 'none', secrets: secretsOf(sasl) })
  const tokens = createClientTokens(sasl, poster.send, context.now)
  return {
    optionsFor: () => ({
      mechanism,
      token: () => sasl.token?.reveal() ?? tokens.get(AbortSignal.timeout(context.connection.timeoutMs)),
      oauthBearerExtensions: sasl.extensions,
      // A broker refuses a token in an otherwise successful answer (RFC 7628, 3.2.2).
      authBytesValidator(bytes, answer) {
        if (bytes.length === 0) return answer(null, bytes)
        tokens.forget()
        const status = parseObject(`${bytes}`)?.status
        const said = typeof status === 'string' ? status.slice(0, 60) : 'no reason given'
        answer(new TokenRefusedError(`the token is refused: ${said}`))
      },
    }),
    close: () => poster.close(),
  }
}

/**
 * On a malformed answer the package's SCRAM throws where nobody catches, which would end the process. Here the login
 * fails instead.
 */
function scramOf(kafka: typeof Package): Package.SASLCustomAuthenticator {
  const { authenticate, defaultCrypto } = kafka.saslScramSha
  return (mechanism, connection, send, username = '', password = '', _token, done) => {
    const fail = () => done(new kafka.AuthenticationError('The answer is not SCRAM.'), undefined as never)
    const guarded = (...[on, bytes, hear]: Parameters<typeof send>) =>
      send(on, bytes, (...said) => void Promise.try(() => hear?.(...said)).catch(fail))
    const algorithm = mechanism.slice('SCRAM-'.length) as Package.saslScramSha.ScramAlgorithm
    authenticate(Object.assign(guarded, send), connection, algorithm, username, password, defaultCrypto, done)
  }
}
