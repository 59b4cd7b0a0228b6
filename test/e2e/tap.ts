/** A webhook receiver in mode `ndjson` that can be turned on and off like a tap. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen } from '../loopback.ts'
import type { Site } from './site.ts'

export interface Tap {
  readonly url: string
  /** Options of the sink. */
  readonly sink: { readonly type: string; readonly endpoint: string; readonly mode: string }
  /** Status of the next answers; 0 for none: the request hangs. */
  status: number
  /** Number of requests received, including those that were refused or hang. */
  requests: number
  /** Descriptions of the events that were answered with 200, in order, including duplicates. */
  readonly taken: string[]
}

export async function openTap(site: Pick<Site, 'defer'>, status = 200): Promise<Tap> {
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const lines = (await text(request)).split('\n').filter((line) => line !== '')
    tap.requests++
    if (tap.status === 0) return
    if (tap.status === 200) tap.taken.push(...lines.map((line) => JSON.parse(line).description))
    response.writeHead(tap.status).end()
  }
  const server = createServer(
    (request, response) => void serve(request, response).catch(() => response.destroy()),
  )
  const port = await listen(server)
  site.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${port}/`
  const tap: Tap = {
    url,
    sink: { type: 'webhook', endpoint: url, mode: 'ndjson' },
    status,
    requests: 0,
    taken: [],
  }
  return tap
}
