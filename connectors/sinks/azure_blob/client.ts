/** Requests to the Blob service's REST API, each with its credentials. */
import type { SinkContext } from '../../../src/connector.ts'
import { createIdentity } from '../../../src/lib/entra/identity.ts'
import type { HttpAnswer, HttpRequest } from '../../../src/lib/http/http.ts'
import { createPoster, type SentRequest } from '../../../src/lib/http/poster.ts'
import { TokenRefusedError } from '../../../src/lib/oauth/access-token.ts'
import { withToken } from '../../../src/lib/oauth/token-sender.ts'
import { Secret } from '../../../src/lib/secret.ts'
import type { Config } from './config.ts'
import { accessOf, type BlobAccess, blobPath, endpointOf, sharedKey, VERSION, withoutMark } from './encode.ts'

export interface BlobClient {
  /** Throws if there was no answer, or no token. */
  send(request: BlobRequest, signal: AbortSignal): Promise<HttpAnswer>
  /** Texts that must not be shown. */
  readonly secrets: readonly Secret[]
  close(): Promise<void>
}

interface BlobRequest {
  readonly method: HttpRequest['method']
  /** Name of the blob. */
  readonly key: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

const SCOPE = 'https://storage.azure.com/.default'

export function createClient(config: Config, context: SinkContext): BlobClient {
  const { auth } = config
  const identity =
    auth.type === 'client_secret' || auth.type === 'default'
      ? createIdentity({ ...config, auth }, SCOPE, context.connection)
      : undefined
  /** As used by the last request. */
  let access: BlobAccess = { endpoint: '', account: '' }
  const secrets = [
    ...(identity === undefined ? [] : [identity.last]),
    new Secret(() => access.key ?? NOTHING),
    new Secret(() => access.sas ?? NOTHING),
    // A server only shows the signature.
    new Secret(() => /(?:^|&)sig=([^&]+)/.exec(access.sas ?? '')?.[1] ?? NOTHING),
    ...(auth.type === 'client_secret' ? [auth.client_secret] : []),
    ...(auth.type === 'connection_string' ? [auth.connection_string] : []),
  ]

  async function authorize(request: SentRequest): Promise<Record<string, string>> {
    const { account, key } = access
    return key === undefined ? {} : { authorization: sharedKey(account, key, request) }
  }

  const poster = createPoster(context, { compression: 'none', secrets, authorize })
  const send = identity === undefined ? poster.send : withToken(poster.send, identity)
  return {
    secrets,
    async send({ method, key, headers, body }, signal) {
      access = readAccess(config)
      const { endpoint, sas } = access
      const url = `${endpoint}${blobPath(config.container, key)}${sas === undefined ? '' : `?${sas}`}`
      const date = new Date(context.now()).toUTCString()
      const all = { 'x-ms-date': date, 'x-ms-version': VERSION, ...headers }
      return send({ method, url, headers: all, ...(body && { body }) }, signal)
    },
    async close() {
      await Promise.all([poster.close(), identity?.close()])
    },
  }
}

/** Stands in for an empty text, which would be found everywhere. */
const NOTHING = '\0nothing secret'

/** Secrets are read again each time: they may have been rotated. */
function readAccess({ auth, account = '', cloud, endpoint }: Config): BlobAccess {
  const given = endpoint === undefined ? undefined : endpoint.replace(/\/+$/, '')
  if (auth.type === 'connection_string') {
    const access = accessOf(auth.connection_string.reveal())
    if (access === undefined)
      throw new TokenRefusedError('correct `connection_string`: it holds no key and no signature')
    return given === undefined ? access : { ...access, endpoint: given }
  }
  const own = { endpoint: given ?? endpointOf(account, cloud), account }
  if (auth.type === 'shared_key') return { ...own, key: auth.account_key.reveal() }
  return auth.type === 'sas' ? { ...own, sas: withoutMark(auth.sas_token.reveal()) } : own
}
