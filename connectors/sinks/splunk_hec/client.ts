/** The HTTP of a collector. It knows addresses and headers, not what an answer means. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { SinkContext } from '../../../src/connector.ts'
import { createHttpClient, type HttpAnswer, type HttpHeaders } from '../../../src/lib/http.ts'
import { addressesOf, type Config } from './config.ts'

export interface HecClient {
  /** `channel` is a GUID; only requests with one are acknowledged. */
  sendEvents(body: Buffer, channel: string | undefined, signal: AbortSignal): Promise<HttpAnswer>
  /** `cookie` is that of the answer to the request asked about: it leads a load balancer to the same indexer. */
  askAck(ack: { ackId: number; channel: string; cookie: string }, signal: AbortSignal): Promise<HttpAnswer>
  askHealth(signal: AbortSignal): Promise<HttpAnswer>
  close(): Promise<void>
}

export function createClient(config: Config, context: SinkContext): HecClient {
  const http = createHttpClient(context.connection)
  const addresses = addressesOf(config.endpoint)
  const compressed = config.compression === 'gzip'

  async function send(request: {
    method: 'GET' | 'POST'
    url: string
    headers?: Record<string, string>
    body?: Buffer | string
    signal: AbortSignal
  }): Promise<HttpAnswer> {
    const token = config.token.reveal()
    const headers = {
      authorization: `Splunk ${token}`,
      'user-agent': `auditferry/${context.version}`,
      ...request.headers,
    }
    const answer = await http.send({ ...request, headers })
    // Some servers quote the token in their refusal, and answers end up in reasons and dead letters.
    return { ...answer, body: answer.body.replaceAll(token, '[secret]') }
  }

  return {
    async sendEvents(body, channel, signal) {
      return send({
        method: 'POST',
        url: addresses.event,
        headers: {
          'content-type': 'application/json',
          ...(compressed && { 'content-encoding': 'gzip' }),
          ...(channel !== undefined && { [CHANNEL]: channel }),
        },
        body: compressed ? await compress(body, gzipOptions(body.length)) : body,
        signal,
      })
    },
    askAck: ({ ackId, channel, cookie }, signal) =>
      send({
        method: 'POST',
        url: `${addresses.ack}?channel=${channel}`,
        headers: {
          'content-type': 'application/json',
          [CHANNEL]: channel,
          ...(cookie !== '' && { cookie }),
        },
        body: JSON.stringify({ acks: [ackId] }),
        signal,
      }),
    askHealth: (signal) => send({ method: 'GET', url: addresses.health, signal }),
    close: () => http.close(),
  }
}

/** What to send back as `Cookie` so that a load balancer recognises the answer's indexer. */
export function cookieOf(headers: HttpHeaders): string {
  return [headers['set-cookie'] ?? []]
    .flat()
    .map((cookie) => cookie.split(';', 1)[0]?.trim() ?? '')
    .filter((pair) => pair !== '')
    .join('; ')
}

export const CHANNEL = 'x-splunk-request-channel'

const compress = promisify(gzip)

/** The fastest level, in few pieces, because each piece is a trip to the thread pool. */
function gzipOptions(size: number) {
  return { level: 1, chunkSize: Math.max(1 << 14, size >> 2) }
}
