/** The transport of the AWS SDK over the project's HTTP client: one place knows TLS, proxy and timeout. */
import { Readable } from 'node:stream'
import { type HttpAnswer, type HttpClient, type HttpRequest, type HttpStream, header } from '../http/http.ts'

/** The part of what the SDK hands to its transport that is used here. */
interface WireRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

/** For `requestHandler` of a client. */
export function handlerOver(http: HttpClient) {
  return {
    async handle(request: WireRequest, options: { abortSignal?: AbortSignal } = {}) {
      const wire = {
        method: request.method as HttpRequest['method'],
        url: urlOf(request),
        headers: request.headers,
        signal: options.abortSignal ?? new AbortController().signal,
        ...(request.body === undefined ? {} : { body: request.body }),
      }
      // Objects are large and not text.
      const isObject = request.query?.['x-id'] === 'GetObject'
      return { response: responseOf(await (isObject ? http.stream(wire) : http.send(wire))) }
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  }
}

/** An answer as the SDK reads it, with its text for errors: the SDK empties `body`. */
export function responseOf(answer: HttpAnswer | HttpStream) {
  const headers = Object.fromEntries(
    Object.keys(answer.headers).map((name) => [name, header(answer.headers, name) ?? '']),
  )
  const rest = { statusCode: answer.status, headers }
  if (typeof answer.body !== 'string') return { ...rest, body: answer.body }
  return { ...rest, body: Readable.from([Buffer.from(answer.body)]), text: answer.body }
}

function urlOf({ protocol, hostname, port, path, query = {} }: WireRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ''].flat().map((one) => `${escapeQuery(name)}=${escapeQuery(one)}`),
  )
  const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search}`
}

/** As the signature's canonical form has it: everything but RFC 3986's unreserved characters. */
function escapeQuery(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
