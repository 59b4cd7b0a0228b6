/** How a collector answers one request: tokens, channels, events, acknowledgements. */
import type { IncomingHttpHeaders } from 'node:http'
import { gunzip } from '../intake/gunzip.ts'
import { type Answer, answerOf, oversized } from './answers.ts'
import { type Envelope, readEnvelopes, uidOf } from './envelopes.ts'
import type { Indexer } from './indexer.ts'

export interface CollectorOptions {
  readonly tokenDisabled?: boolean
  /** Indexes that the token may write to; all if absent. */
  readonly indexes?: readonly string[]
  /** The most bytes of a body before compression. */
  readonly maxContentLength?: number
  /** How a longer body is answered: Enterprise sends 413, Splunk Cloud blames the first event. */
  readonly oversize?: 'enterprise' | 'cloud'
  readonly acknowledgements?: boolean
}

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** As received, compressed or not. */
  readonly body: Buffer
  /** Number of the indexer that the load balancer chose. */
  readonly indexer: number
}

export type Area = 'event' | 'ack' | 'health'

export function areaOf(path: string): Area | undefined {
  return PATHS[path]
}

export function createCollector(token: string, options: CollectorOptions) {
  return (seen: SeenRequest, indexer: Indexer): Answer => {
    const area = areaOf(seen.path)
    if (area === undefined) return { status: 404, body: NOT_FOUND }
    if (seen.method !== (area === 'health' ? 'GET' : 'POST')) return { status: 405, body: '' }
    const refusal = refusalOf(seen, token, options.tokenDisabled === true)
    if (area === 'health') return answerOf(HEALTH_REFUSAL[refusal ?? -1] ?? 17)
    if (refusal !== undefined) return answerOf(refusal)
    return area === 'ack' ? takeQuestion(seen, indexer, options) : takeEvents(seen, indexer, options)
  }
}

const NOT_FOUND = { text: 'The requested URL was not found on this server.', code: 404 }

const PATHS: Readonly<Record<string, Area>> = {
  '/services/collector': 'event',
  '/services/collector/event': 'event',
  '/services/collector/event/1.0': 'event',
  '/services/collector/ack': 'ack',
  '/services/collector/health': 'health',
  '/services/collector/health/1.0': 'health',
}

/** The health endpoint has its own codes for a bad token. */
const HEALTH_REFUSAL: Readonly<Record<number, number>> = { 1: 22, 2: 21, 3: 21, 4: 21, 16: 16 }

function refusalOf({ headers, query }: SeenRequest, token: string, disabled: boolean): number | undefined {
  const given = /^Splunk (.+)$/.exec(headers.authorization ?? '')?.[1]
  if (query.has('token')) return 16
  if (headers.authorization === undefined) return 2
  if (given === undefined) return 3
  if (given !== token) return 4
  return disabled ? 1 : undefined
}

/** A channel, or the code for what is wrong with it. */
function channelOf({ headers, query }: SeenRequest): string | number {
  const channel = headers['x-splunk-request-channel']?.toString() ?? query.get('channel')
  if (channel === null) return 10
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(channel) ? channel : 11
}

/** The good envelopes of a request, once it was answered with their number. */
export function envelopesOf(seen: SeenRequest, count: number): readonly Envelope[] {
  const body = decode(seen)
  return Buffer.isBuffer(body) ? readEnvelopes(body, undefined).good.slice(0, count) : []
}

function decode({ headers, body }: SeenRequest): Buffer | Answer {
  const encoding = headers['content-encoding']
  if (encoding === undefined) return body
  if (encoding !== 'gzip') return { status: 415, body: '' }
  try {
    return gunzip(body)
  } catch {
    return answerOf(6, 0)
  }
}

function takeEvents(seen: SeenRequest, indexer: Indexer, options: CollectorOptions): Answer {
  const channel = options.acknowledgements ? channelOf(seen) : undefined
  if (typeof channel === 'number') return answerOf(channel)
  const body = decode(seen)
  if (!Buffer.isBuffer(body)) return body
  if (body.length > (options.maxContentLength ?? Number.POSITIVE_INFINITY)) {
    return options.oversize === 'cloud' ? answerOf(6, 0) : oversized
  }
  const { good, code } = readEnvelopes(body, options.indexes)
  if (code === 5) return answerOf(5)
  const events = { request: seen, uids: good.map(uidOf) }
  if (code !== undefined) {
    indexer.accept(events, undefined)
    return answerOf(code, good.length)
  }
  const ackId = indexer.accept(events, channel)
  return { status: 200, body: { text: 'Success', code: 0, ...(ackId !== undefined && { ackId }) } }
}

function takeQuestion(seen: SeenRequest, indexer: Indexer, options: CollectorOptions): Answer {
  if (!options.acknowledgements) return answerOf(14)
  const channel = channelOf(seen)
  if (typeof channel === 'number') return answerOf(channel)
  const ids = readIds(seen.body.toString())
  return ids === undefined ? answerOf(6) : { status: 200, body: { acks: indexer.acknowledge(channel, ids) } }
}

function readIds(text: string): number[] | undefined {
  try {
    const { acks }: { acks?: unknown } = JSON.parse(text)
    return Array.isArray(acks) && acks.every(Number.isInteger) ? acks : undefined
  } catch {
    return undefined
  }
}
