/** The HTTP of a collector. It knows addresses and headers, not what an answer means. */
import type { SinkContext } from '../../../src/connector.ts'
import type { HttpAnswer, HttpHeaders } from '../../../src/lib/http/http.ts'
import { createPoster, type PosterRequest } from '../../../src/lib/http/poster.ts'
import { addressesOf, type Config } from './config.ts'

export interface HecClient {
  /** `channel` is a GUID, or empty; only requests with one are acknowledged. */
  sendEvents(body: Buffer, channel: string, signal: AbortSignal): Promise<HttpAnswer>
  /** `cookie` is that of the answer to the request asked about: it leads a load balancer to the same indexer. */
  askAck(ack: { ackId: number; channel: string; cookie: string }, signal: AbortSignal): Promise<HttpAnswer>
  askHealth(signal: AbortSignal): Promise<HttpAnswer>
  close(): Promise<void>
}

export function createClient(config: Config, context: SinkContext): HecClient {
  const poster = createPoster(context, { compression: config.compression, secrets: [config.token] })
  const addresses = addressesOf(config.endpoint)
  const send = ({ headers, ...request }: PosterRequest, channel: string, signal: AbortSignal) => {
    const own = {
      authorization: `Splunk ${config.token.reveal()}`,
      ...(request.body && { 'content-type': 'application/json' }),
      ...(channel !== '' && { [CHANNEL]: channel }),
    }
    return poster.send({ ...request, headers: { ...own, ...headers } }, signal)
  }

  return {
    sendEvents: (body, channel, signal) => send({ url: addresses.event, body }, channel, signal),
    askAck({ ackId, channel, cookie }, signal) {
      const body = Buffer.from(JSON.stringify({ acks: [ackId] }))
      const headers = cookie === '' ? {} : { cookie }
      return send({ url: `${addresses.ack}?channel=${channel}`, headers, body, plain: true }, channel, signal)
    },
    askHealth: (signal) => send({ method: 'GET', url: addresses.health }, '', signal),
    close: () => poster.close(),
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
