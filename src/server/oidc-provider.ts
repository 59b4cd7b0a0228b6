/** The identity provider: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636), through `openid-client`. */
import * as client from 'openid-client'
import { fetch } from 'undici'
import type { OidcConfig } from '../config/config.ts'
import { errorCode, messageOf, OperationError } from '../errors.ts'
import { createDispatcher } from '../lib/http/http.ts'
import type { Secret } from '../lib/secret.ts'
import { RequestError } from './route.ts'

/** What the answer to a login under way must match. */
export interface Begun {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface Identity {
  readonly name: string
  readonly subject: string
  /** Values of the claim that decides the role. */
  readonly values: readonly string[]
}

export interface Provider {
  /** Where to send the browser. Throws OperationError while the provider does not answer. */
  begin(): Promise<{ url: string; begun: Begun }>
  /**
   * Checks the answer and fetches who it is. Throws OperationError when the provider fails at that, RequestError 403
   * when the login is refused, there or here.
   */
  finish(callback: URL, begun: Begun): Promise<Identity>
}

const CONNECTIONS = 4
/** How long its discovered addresses stay valid here. */
const KNOWN_MS = 600_000

/** Discovers the provider's addresses only when somebody logs in, since it may be away when this starts. */
export function createProvider(oidc: OidcConfig, redirectUri: string, now = Date.now): Provider {
  const dispatcher = createDispatcher(oidc.connection, CONNECTIONS)
  const through = ((url: string, options: object) =>
    fetch(url, { ...options, dispatcher })) as client.CustomFetch
  let known: { configuration: client.Configuration; until: number } | undefined

  const discover = async (): Promise<client.Configuration> => {
    const issuer = new URL(oidc.issuer)
    const secret = oidc.clientSecret
    try {
      const configuration = await client.discovery(
        issuer,
        oidc.clientId,
        {},
        secret === undefined ? client.None() : authentication(secret),
        {
          [client.customFetch]: through,
          timeout: oidc.connection.timeoutMs / 1000,
          execute: [
            // Checks the signature of the ID token. Otherwise only TLS would vouch for it, which may be switched off or missing.
            client.enableNonRepudiationChecks,
            // Warned of when the configuration is read.
            ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
          ],
        },
      )
      known = { configuration, until: now() + KNOWN_MS }
      return configuration
    } catch (thrown) {
      throw new OperationError(
        `the identity provider ${oidc.issuer} can't be asked (${messageOf(thrown)}): look at server.oidc.issuer, its tls and proxy`,
      )
    }
  }

  return {
    async begin() {
      const found = known !== undefined && now() < known.until ? known.configuration : await discover()
      const verifier = client.randomPKCECodeVerifier()
      const begun = { state: client.randomState(), nonce: client.randomNonce(), verifier }
      const url = client.buildAuthorizationUrl(found, {
        redirect_uri: redirectUri,
        scope: oidc.scopes.join(' '),
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, begun }
    },
    async finish(callback, begun) {
      // Anew, and its keys with it: once remembered they are not asked for again for a minute, whoever has signed, and
      // a code can't be tried twice.
      const found = await discover()
      try {
        return identityOf(oidc, await claimsOf(found, callback, begun))
      } catch (thrown) {
        throw explain(thrown, oidc.issuer)
      }
    },
  }
}

async function claimsOf(
  found: client.Configuration,
  callback: URL,
  { state, nonce, verifier }: Begun,
): Promise<Record<string, unknown>> {
  const tokens = await client.authorizationCodeGrant(found, callback, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  if (claims === undefined) throw new Error('the provider gave no ID token')
  const more = await userInfo(found, tokens.access_token, claims.sub)
  // Null counts as absent: then the user info decides.
  const given = Object.entries(claims).filter(([, value]) => value !== null)
  return { ...more, ...Object.fromEntries(given) }
}

/** Many providers give the groups only here. Its `sub` is checked to be the same (Core 5.3.2). */
async function userInfo(found: client.Configuration, token: string, subject: string): Promise<object> {
  if (found.serverMetadata().userinfo_endpoint === undefined) return {}
  return client.fetchUserInfo(found, token, subject)
}

/**
 * Every server knows Basic (RFC 6749, 2.3.1); one that says it does not gets a form. The secret is read anew each time: it
 * may have been rotated.
 */
function authentication(secret: Secret): client.ClientAuth {
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const proof = methods.includes('client_secret_basic') ? client.ClientSecretBasic : client.ClientSecretPost
    return proof(secret.reveal())(server, ...rest)
  }
}

const NAME_MOST = 200

function identityOf(oidc: OidcConfig, claims: Record<string, unknown>): Identity {
  const subject = String(claims.sub)
  const email = claims.email_verified === false ? undefined : claims.email
  const name = [claims[oidc.nameClaim], email].find((it) => typeof it === 'string' && it.trim() !== '')
  const given = claims[oidc.roles.claim]
  const values = (Array.isArray(given) ? given : [given]).filter((it) => typeof it === 'string')
  // Values that do not decide the role are not kept.
  const wanted = [...oidc.roles.operator, ...oidc.roles.viewer]
  return {
    name: String(name ?? subject)
      .trim()
      .slice(0, NAME_MOST),
    subject,
    values: values.filter((it) => wanted.includes(it)),
  }
}

/** Faults of the provider's answer, not of the person who logs in. */
const FAULTS = [
  'OAUTH_TIMEOUT',
  'OAUTH_PARSE_ERROR',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
]

/** Of an ID token that is over, or not yet valid, by the clock here. */
const OUT_OF_TIME = 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED'

function explain(thrown: unknown, issuer: string): OperationError | RequestError {
  const code = errorCode(thrown)
  // What `fetch` throws if no answer came, or only part of it.
  const isUnreached = thrown instanceof TypeError && code === undefined
  if (isUnreached || (code !== undefined && FAULTS.includes(code))) {
    return new OperationError(`the identity provider ${issuer} failed (${messageOf(thrown)}): try again`)
  }
  if (thrown instanceof client.AuthorizationResponseError) {
    const said = thrown.error.slice(0, SAID_MOST)
    return new RequestError(403, `the identity provider did not log you in: ${said}`)
  }
  const said = thrown instanceof client.ResponseBodyError ? `: ${thrown.error.slice(0, SAID_MOST)}` : ''
  const cure = code === OUT_OF_TIME ? '; compare the clock of this machine with that of the provider' : ''
  return new RequestError(
    403,
    `the identity provider's answer is refused: ${messageOf(thrown)}${said}${cure}`,
  )
}

/** Characters of a code of RFC 6749, such as `access_denied`. */
const SAID_MOST = 100
