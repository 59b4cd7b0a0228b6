/** A process that takes events as a HEC does, inflates and counts them, and throws them away. */
import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { answerParent } from './process-link.ts'

export interface Received {
  readonly events: number
  readonly requests: number
  /** Seconds from the first request to the last answer. */
  readonly seconds: number
  /** When the first request came, milliseconds since the epoch. */
  readonly firstAt: number
}

/** The beginning of a native event; it stands in an envelope once, and nowhere escaped. */
const MARK = Buffer.from('{"uid":"')
const ACCEPTED = '{"text":"Success","code":0}'
const BUSY = '{"text":"Server is busy","code":9}'

/** In one piece of memory: in Node's pieces of 16 KiB, to be joined, a third of the time is added, which the engine's cores lack. */
const INFLATED = { chunkSize: 2 * 2 ** 20 }

let isHeld = process.argv[2] === 'held'
let events = 0
let requests = 0
let firstAt = 0
let lastAt = 0

const server = createServer((request, response) => {
  if (firstAt === 0 && !isHeld) firstAt = Date.now()
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    response.setHeader('content-type', 'application/json')
    if (isHeld) {
      response.writeHead(503, { 'retry-after': '3600' }).end(BUSY)
      return
    }
    const body = Buffer.concat(chunks)
    events += count(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body, INFLATED) : body)
    requests++
    lastAt = Date.now()
    response.end(ACCEPTED)
  })
})

function count(body: Buffer): number {
  let found = 0
  for (let at = body.indexOf(MARK); at !== -1; at = body.indexOf(MARK, at + MARK.length)) found++
  return found
}

answerParent(server, {
  received: (): Received => ({ events, requests, seconds: (lastAt - firstAt) / 1000, firstAt }),
  release() {
    isHeld = false
  },
})
