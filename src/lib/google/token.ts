/**
 * Access tokens of Google Cloud: from the key of a service account over the sink's own connection, else from
 * Application Default Credentials by Google's package.
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
import { createSign } from 'node:crypto'
import { messageOf } from '../../errors.ts'
import { abortable } from '../abortable.ts'
import type { HttpAnswer } from '../http/http.ts'
import { retryAfterMs } from '../http/outcome.ts'
import type { PosterRequest } from '../http/poster.ts'
import { faultOfProxy } from '../http/proxy.ts'
import { parseObject } from '../json-text.ts'
import {
  type AccessToken,
  type AccessTokens,
  createAccessTokens,
  TokenDelayedError,
  TokenRefusedError,
} from '../oauth/access-token.ts'
import { isRefusal, requestToken } from '../oauth/token-answer.ts'
import { loadPackage } from '../optional-package.ts'
import { secret } from '../options.ts'
import type { Secret } from '../secret.ts'

/** For the shape of a sink's options. */
export const googleCredentialOptions = {
  credentials: secret()
    .optional()
    .describe(
      'Key of a service account: the JSON text of its file. Default: Application Default Credentials (workload identity, metadata server), by the package google-auth-library.',
    ),
}

export interface GoogleTokenPlan {
  readonly credentials: Secret | undefined
  /** `https://www.googleapis.com/auth/…` */
  readonly scope: string
  readonly send: (request: PosterRequest, signal: AbortSignal) => Promise<HttpAnswer>
  /** Milliseconds. */
  readonly now: () => number
}

export function createGoogleTokens({ credentials, scope, send, now }: GoogleTokenPlan): AccessTokens {
  if (credentials === undefined)
    return createAccessTokens((signal) => abortable(defaultToken(scope, now), signal), now)
  const ask: typeof send = async (request, signal) => {
    try {
      return await send(request, signal)
    } catch (cause) {
      throw new Error(NO_TOKEN, { cause })
    }
  }
  return createAccessTokens(async (signal) => {
    const key = readKey(credentials.reveal())
    const form = { grant_type: GRANT, assertion: assertionOf(key, scope, now()) }
    return requestToken({ url: key.token_uri, form, endpoint: ENDPOINT, send: ask, now }, signal)
  }, now)
}

/** Used when the key's `token_uri` is not reached: it is no host of the sink's, and the cause may not name it. */
export const NO_TOKEN = 'no token of the service account'

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const LIFETIME_S = 3600
const ENDPOINT = {
  name: 'token of the service account',
  cure: 'give `credentials` a key that is enabled, and set the clock (NTP)',
  lifetimeS: LIFETIME_S,
}

interface ServiceAccountKey {
  readonly client_email: string
  readonly private_key: string
  readonly private_key_id: string
  readonly token_uri: string
}

/** Errors quote nothing of the text, which is secret. */
function readKey(text: string): ServiceAccountKey {
  const { client_email, private_key, private_key_id = '', token_uri } = parseObject(text) ?? {}
  if (
    typeof client_email !== 'string' ||
    typeof private_key !== 'string' ||
    typeof private_key_id !== 'string' ||
    typeof token_uri !== 'string' ||
    !URL.canParse(token_uri)
  ) {
    throw new TokenRefusedError(
      'let `credentials` hold the JSON text of a service account key: client_email, private_key, token_uri',
    )
  }
  return { client_email, private_key, private_key_id, token_uri }
}

function assertionOf(key: ServiceAccountKey, scope: string, now: number): string {
  const iat = Math.floor(now / 1000)
  const head = { alg: 'RS256', typ: 'JWT', kid: key.private_key_id }
  const claims = { iss: key.client_email, scope, aud: key.token_uri, iat, exp: iat + LIFETIME_S }
  const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  try {
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key.private_key, 'base64url')}`
  } catch {
    throw new TokenRefusedError('let `credentials` hold a key whose private_key is a whole PEM')
  }
}

async function defaultToken(scope: string, now: () => number): Promise<AccessToken> {
  const google = await loadPackage('google-auth-library@11.3.4', () => import('google-auth-library'))
  const { GoogleAuth, gcpMetadata } = google
  try {
    // The package never forgets that no metadata server answered, but one may come up later.
    gcpMetadata.resetIsAvailableCache()
    // It keeps and renews its token by itself, but a refused one only a fresh instance replaces.
    const client = await new GoogleAuth({ scopes: [scope] }).getClient()
    const { token } = await client.getAccessToken()
    if (typeof token !== 'string' || token === '') throw new Error('no token came')
    return { value: token, expiresAt: client.credentials.expiry_date ?? now() + LIFETIME_S * 1000 }
  } catch (error) {
    const reason = `Application Default Credentials: ${messageOf(error)}`
    const { status, response } = error as {
      status?: unknown
      response?: { headers?: Iterable<[string, string]> }
    }
    const isDelay = typeof status === 'number' && status >= 400 && !isRefusal(status)
    if (isDelay)
      throw new TokenDelayedError(reason, retryAfterMs(Object.fromEntries(response?.headers ?? []), now()))
    const isKnown = /Could not load|Unable to read|ENOENT|invalid_grant|unauthorized/i.test(reason)
    if (!isKnown && !isRefusal(Number(status))) throw refusalOfProxy() ?? new Error(reason)
    throw new TokenRefusedError(`${reason}; set \`credentials\`, or run where Google gives credentials`)
  }
}

/** Google's package takes the first of these variables as its proxy's URL, and does not say which one is wrong. */
function refusalOfProxy(): TokenRefusedError | undefined {
  const name = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find((it) => process.env[it])
  const fault = name && faultOfProxy(process.env[name] ?? '')
  return fault ? new TokenRefusedError(`${name}: ${fault}`) : undefined
}
