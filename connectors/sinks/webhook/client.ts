/** The HTTP of a webhook: headers, signatures, compression. It does not know what an answer means. */
import { createHmac } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { SinkContext } from '../../../src/connector.ts'
import { createHttpClient, type HttpAnswer } from '../../../src/lib/http/http.ts'
import { basicCredentials } from '../../../src/lib/http/options.ts'
import { withoutSecrets } from '../../../src/lib/secret-forms.ts'
import type { Config } from './config.ts'
import type { Message } from './encode.ts'
import { parseSigningKey, signMessage } from './sign.ts'

export interface WebhookClient {
  /** Throws where no answer came. The secrets that travelled are masked in the answer. */
  post(message: Message, signal: AbortSignal): Promise<HttpAnswer>
  /** A HEAD request, and a GET if that answers 400: reaches the endpoint without an event. Throws if TLS is refused. */
  probe(signal: AbortSignal): Promise<HttpAnswer>
  close(): Promise<void>
}

/** `connections`: how many requests may be under way at once. */
export function createClient(config: Config, context: SinkContext, connections: number): WebhookClient {
  const http = createHttpClient(context.connection, { connections })
  const url = config.endpoint
  const keys = keysOf(url)

  function commonHeaders(): Record<string, string> {
    const own = Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value.reveal()])
    return {
      'user-agent': `auditferry/${context.version}`,
      ...Object.fromEntries(own),
      ...authorization(config),
    }
  }

  return {
    async post({ id, contentType, body }, signal) {
      const timestamp = Math.floor(context.now() / 1000)
      const signatures = (config.secret ?? []).map((it) =>
        signMessage(keyOf(it.reveal()), id, timestamp, body),
      )
      const headers = {
        'content-type': contentType,
        ...commonHeaders(),
        ...(config.auth?.type === 'hmac' && hmacHeader(config.auth, body)),
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
        ...(config.compression === 'gzip' && { 'content-encoding': 'gzip' }),
      }
      // Taken as they are sent: a secret file may change before the answer.
      const secrets = [...keys, ...secretsOf(config)]
      const sent = config.compression === 'gzip' ? await compress(body, FASTEST) : body
      const answer = await http.send({ method: 'POST', url, headers, body: sent, signal })
      return { ...answer, body: withoutSecrets(answer.body, secrets).slice(0, ANSWER_LIMIT) }
    },
    async probe(signal) {
      const request = { url, headers: commonHeaders(), signal }
      const answer = await http.send({ method: 'HEAD', ...request })
      // Only the page, which HEAD leaves out, says whether it is the connection that the server refuses by a 400.
      if (answer.status === 400) await http.send({ method: 'GET', ...request })
      return answer
    },
    close: () => http.close(),
  }
}

type Auth = NonNullable<Config['auth']>

function authorization({ auth }: Config): { authorization?: string } {
  if (auth?.type === 'bearer') return { authorization: `Bearer ${auth.token.reveal()}` }
  if (auth?.type === 'basic') return { authorization: `Basic ${basicCredentials(auth)}` }
  return {}
}

function hmacHeader(auth: Extract<Auth, { type: 'hmac' }>, body: Uint8Array): Record<string, string> {
  const digest = createHmac(auth.algorithm, auth.secret.reveal()).update(body).digest('hex')
  return { [auth.header.toLowerCase()]: auth.prefix + digest }
}

/** Read again at each attempt: a secret file may have been rotated since, even to something that is not a key. */
function keyOf(text: string) {
  const key = parseSigningKey(text)
  if (typeof key === 'string') throw new Error(`signing secret: ${key}`)
  return key
}

/** Some receivers quote what they were sent, and answers end up in reasons and dead letters. */
function secretsOf({ auth, headers }: Config): string[] {
  const secrets = Object.values(headers).map((it) => it.reveal())
  if (auth?.type === 'bearer') secrets.push(auth.token.reveal())
  if (auth?.type === 'basic') secrets.push(auth.password.reveal(), basicCredentials(auth))
  return secrets.filter((it) => it.length >= SHORTEST_SECRET)
}

/** With many receivers the path or the query is the secret, and a server that does not know a path quotes it. */
function keysOf(endpoint: string): string[] {
  const { pathname, search, searchParams } = new URL(endpoint)
  const parts = [pathname + search, pathname, search, ...pathname.split('/'), ...searchParams.values()]
  return parts.filter((it) => it.length >= SHORTEST_KEY)
}

/** A shorter path only says where an answer comes from and is not a key. */
const SHORTEST_KEY = 12

/** Masking `1` or `eu` would only make answers unreadable. */
const SHORTEST_SECRET = 4

/** Characters of an answer that are kept for a dead letter: enough for an error, not for a page. */
const ANSWER_LIMIT = 4096

const compress = promisify(gzip)

const FASTEST = { level: constants.Z_BEST_SPEED }
