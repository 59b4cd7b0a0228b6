/** Entra tokens by @azure/identity, over our own HTTP client, so that `tls`, `proxy` and `timeout` hold there too. */
import type { TokenCredential } from '@azure/identity'
import { abortable } from '../abortable.ts'
import {
  type Connection,
  createHttpClient,
  type HttpAnswer,
  type HttpClient,
  type HttpHeaders,
} from '../http/http.ts'
import { excerptOf, retryAfterMs } from '../http/outcome.ts'
import { type AccessTokens, TokenDelayedError } from '../oauth/access-token.ts'
import { loadPackage } from '../optional-package.ts'
import { Secret } from '../secret.ts'
import { withoutSecrets } from '../secret-forms.ts'
import { AUTHORITIES, type EntraConfig } from './options.ts'

/** The package keeps a token and renews it in time. */
interface Identity extends AccessTokens {
  close(): Promise<void>
}

/** `scope`: the audience with `/.default`. */
export function createIdentity(
  { auth, cloud, authority }: EntraConfig,
  scope: string,
  connection: Connection,
): Identity {
  const http = createHttpClient(connection, { connections: 2 })
  let credential: Promise<TokenCredential> | undefined
  /** The secret that the credential was made with. The package keeps it, even when the file holds another one by now. */
  let usedSecret = ''
  let last = ''
  /** Why Entra was not reached, which the package does not say. */
  let unreached: unknown
  /** The last answer, if the trouble will pass: the package reports it twice, without status or host, or as a refusal. */
  let trouble: TokenDelayedError | undefined

  const sendRequest = async (request: PipelineRequest) => {
    try {
      const answer = await sendOver(http, request)
      trouble = troubleOf(request, answer, usedSecret)
      return {
        request,
        status: answer.status,
        headers: headersOf(answer.headers),
        bodyAsText: answer.body,
      }
    } catch (error) {
      unreached = error
      throw error
    }
  }

  async function open(): Promise<TokenCredential> {
    const azure = await loadPackage('@azure/identity@4.14.1', () => import('@azure/identity'))
    const options = {
      authorityHost: authority ?? AUTHORITIES[cloud],
      // A private authority is not in Microsoft's list.
      disableInstanceDiscovery: authority !== undefined,
      // The engine retries.
      retryOptions: { maxRetries: 0 },
      httpClient: { sendRequest },
    }
    if (auth.type === 'client_secret') {
      return new azure.ClientSecretCredential(auth.tenant_id, auth.client_id, usedSecret, options as never)
    }
    const { client_id } = auth
    const own = client_id === undefined ? {} : { managedIdentityClientId: client_id }
    return new azure.DefaultAzureCredential({ ...options, ...own } as never)
  }

  return {
    async get(signal) {
      const secret = auth.type === 'client_secret' ? auth.client_secret.reveal() : ''
      if (secret !== usedSecret) credential = undefined
      usedSecret = secret
      credential ??= open()
      // A package that is not installed may be installed by the next attempt.
      const opened = await credential.catch((error: unknown) => {
        credential = undefined
        throw error
      })
      signal.throwIfAborted()
      unreached = undefined
      const asked = opened.getToken(scope, { abortSignal: signal })
      const answer = await abortable(asked, signal).catch((error: unknown) => {
        // The package would not ask again for a minute, and the engine knows better when.
        if (trouble !== undefined) credential = undefined
        throw unreached ?? (signal.aborted ? error : (trouble ?? error))
      })
      if (answer === null) throw new Error('Entra gave no token')
      last = answer.token
      return last
    },
    forget() {
      credential = undefined
    },
    // An empty secret would be found everywhere.
    last: new Secret(() => last || '\0no token yet'),
    close: () => http.close(),
  }
}

/** The part of the package's request that is used here. */
interface PipelineRequest {
  readonly url: string
  readonly method: string
  readonly headers: Iterable<[string, string]>
  readonly body?: unknown
  readonly abortSignal?: AbortSignal
}

function troubleOf(
  { url }: PipelineRequest,
  { status, headers, body }: HttpAnswer,
  secret: string,
): TokenDelayedError | undefined {
  if (status < 500 && status !== 408 && status !== 429) return undefined
  const said = excerptOf(withoutSecrets(body, [secret]))
  const reason = `no token from ${new URL(url).host}: HTTP ${status}${said}`
  return new TokenDelayedError(reason, retryAfterMs(headers, Date.now()))
}

function sendOver(http: HttpClient, request: PipelineRequest): Promise<HttpAnswer> {
  return http.send({
    url: request.url,
    method: request.method as 'GET' | 'POST',
    headers: Object.fromEntries(request.headers),
    ...(typeof request.body === 'string' && { body: request.body }),
    signal: request.abortSignal ?? new AbortController().signal,
  })
}

function headersOf(headers: HttpHeaders) {
  const map = new Map(Object.entries(headers).map(([name, value]) => [name, [value].flat()[0] ?? '']))
  return {
    get: (name: string) => map.get(name.toLowerCase()),
    has: (name: string) => map.has(name.toLowerCase()),
    set: (name: string, value: string) => void map.set(name.toLowerCase(), value),
    delete: (name: string) => void map.delete(name.toLowerCase()),
    toJSON: () => Object.fromEntries(map),
    [Symbol.iterator]: () => map.entries(),
  }
}
