/** The engine's API over HTTP, for commands that ask a running engine. */
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { deadLetterFromJson, selectionToJson } from '../engine/dead-letter-json.ts'
import type { EngineApi } from '../engine/engine-api.ts'
import type { EngineQueries } from '../engine/engine-queries.ts'
import type { ReconcileProgress } from '../engine/reconciles.ts'
import { messageOf, OperationError, UsageError } from '../errors.ts'
import { linesOf } from '../import/native-lines.ts'
import type { ImportResult } from '../import/request.ts'
import { createHttpClient, type HttpClient } from '../lib/http/http.ts'
import type { Secret } from '../lib/secret.ts'
import type { MirrorDocument } from '../mirror/document.ts'
import type { BackfillStatus } from '../ops/backfill-status.ts'
import type { Status } from '../ops/status.ts'
import type { Reconciliation } from '../reconcile/result.ts'
import type { ReplaySlice } from '../replay/request.ts'
import type { DeadLetter, DeadLetterQuery } from '../spool/store.ts'
import type { TrailEntry } from '../trail/trail.ts'
import { LIST_MOST } from './dead-letters.ts'

export interface EngineClient extends EngineQueries, Pick<EngineApi, 'startBackfill' | 'backfills'> {
  /** Whether an engine answers there; never throws. */
  alive(): Promise<boolean>
  /** Records in the trail what a command did beside the engine. */
  record(deed: Pick<TrailEntry, 'action' | 'outcome' | 'details'>): Promise<void>
  close(): Promise<void>
}

const TIMEOUT_MS = 15_000
/** A range may be long and its source's request budget small, and each rate limit may ask to wait for minutes. */
const SOURCE_TIMEOUT_MS = 6 * 3_600_000
/** A slice of an import may have to wait for the archive. */
const IMPORT_TIMEOUT_MS = 300_000
const IDS_A_REQUEST = 50
const LOOK_EVERY_MS = 500
const KEYS = ['source', 'from', 'to', 'repair'] as const

/** Methods throw OperationError when the engine does not answer or refuses, UsageError for what can't be asked for. */
export function createEngineClient(url: string, token?: Secret): EngineClient {
  const http = createHttpClient({ timeoutMs: TIMEOUT_MS, tls: { insecureSkipVerify: false } })
  let slow: HttpClient | undefined
  const patient = () => {
    slow ??= createHttpClient({ timeoutMs: SOURCE_TIMEOUT_MS, tls: { insecureSkipVerify: false } })
    return slow
  }
  const authorization = () => (token ? { authorization: `Bearer ${token.reveal()}` } : undefined)

  async function ask(path: string, body?: object, timeoutMs = TIMEOUT_MS): Promise<unknown> {
    const target = new URL(path, url).href
    const signal = AbortSignal.timeout(timeoutMs)
    const client = timeoutMs === TIMEOUT_MS ? http : patient()
    const isLines = Buffer.isBuffer(body)
    const request = body
      ? {
          method: 'POST' as const,
          body: isLines ? body : JSON.stringify(body),
          headers: { 'content-type': isLines ? 'application/x-ndjson' : 'application/json' },
        }
      : { method: 'GET' as const, headers: {} }
    try {
      const headers = { ...request.headers, ...(path.startsWith('/api/') && authorization()) }
      const answer = await client.stream({ ...request, url: target, headers, signal })
      return answerValue(answer.status, await text(answer.body))
    } catch (thrown) {
      throw unanswered(thrown)
    }
  }

  const unanswered = (thrown: unknown): Error =>
    thrown instanceof OperationError || thrown instanceof UsageError
      ? thrown
      : new OperationError(`the engine at ${url} does not answer: ${messageOf(thrown)}`)

  /** Of any length: the timeout bounds each pause, not the whole. */
  async function download(path: string): Promise<AsyncIterable<string>> {
    const request = { method: 'GET' as const, url: new URL(path, url).href, headers: { ...authorization() } }
    const { signal } = new AbortController()
    const { status, body } = await http.stream({ ...request, signal }).catch((thrown) => {
      throw unanswered(thrown)
    })
    if (status !== 200) answerValue(status, await text(body))
    const pieces = async function* () {
      try {
        for await (const piece of body.setEncoding('utf8')) yield piece as string
      } catch (thrown) {
        throw unanswered(thrown)
      }
    }
    return pieces()
  }

  /** Up to the query's limit, in answers of as many as the engine gives at once. */
  async function* deadLetterPages({ limit, ...query }: DeadLetterQuery) {
    let { after } = query
    for (let left = limit ?? LIST_MOST; left > 0; ) {
      const asked = Math.min(left, LIST_MOST)
      const most = limit === undefined ? {} : { limit: asked }
      const parameters = toParameters({ ...query, ...most, ...(after && { after }) })
      const answer = await ask(`/api/v1/dead-letters?${parameters}`)
      const page = deadLetterAnswer.parse(answer).deadLetters.map(deadLetterFromJson)
      yield page
      after = page.at(-1)
      if (limit === undefined || page.length < asked) return
      left -= page.length
    }
  }

  return {
    // Not validated: both sides are of the same version.
    status: async () => (await ask('/api/v1/status')) as Status,
    exportState: async () => (await ask('/api/v1/state')) as MirrorDocument,
    pause: async (kind, id) => void (await ask(`/api/v1/${kind}s/${encodeURIComponent(id)}/pause`, {})),
    resume: async (kind, id) => void (await ask(`/api/v1/${kind}s/${encodeURIComponent(id)}/resume`, {})),
    async deadLetters(query) {
      const found: DeadLetter[] = []
      for (const part of addressable(query)) {
        for await (const page of deadLetterPages(part)) found.push(...page)
      }
      return found
    },
    exportDeadLetters: (query) => download(`/api/v1/dead-letters/export?${toParameters(query)}`),
    async queueDeadLetters(query) {
      return queuedAnswer.parse(await ask('/api/v1/dead-letters/retry', selectionToJson(query))).queued
    },
    async dropDeadLetters(query) {
      return droppedAnswer.parse(await ask('/api/v1/dead-letters/drop', selectionToJson(query))).dropped
    },
    async startBackfill(order) {
      await ask('/api/v1/backfills', order)
    },
    async cancelBackfill(source) {
      return cancelledAnswer.parse(await ask('/api/v1/backfills/cancel', { source })).cancelled
    },
    backfills: async () => ((await ask('/api/v1/backfills')) as { backfills: BackfillStatus[] }).backfills,
    replay: async (request) => (await ask('/api/v1/replays', request, SOURCE_TIMEOUT_MS)) as ReplaySlice,
    async importEvents({ sink, events, part: { id, redacted, ...rest } = { id: '' } }) {
      const asked = id === '' ? '' : `?import=${id}${redacted ? '&redacted=true' : ''}`
      const path = `/api/v1/archives/${encodeURIComponent(sink)}/events${asked}`
      // Lines carry nothing but the events; `rest` goes with requests that have none.
      const body = events.length === 0 ? { events, ...rest } : linesOf(events)
      return (await ask(path, body, IMPORT_TIMEOUT_MS)) as ImportResult
    },
    record: async (deed) => void (await ask('/api/v1/trail', deed)),
    alive: () =>
      ask('/healthz').then(
        (answer) => healthAnswer.safeParse(answer).success,
        () => false,
      ),
    async reconcile(query, onProgress) {
      let seen = 0
      const watch = async () => {
        const { reconciles } = (await ask('/api/v1/reconcile')) as { reconciles: ReconcileProgress[] }
        const mine = reconciles.find((one) => KEYS.every((key) => one[key] === query[key]))
        if (mine === undefined) return
        onProgress?.(mine.events - seen, mine.position, mine.share, mine.wait)
        seen = mine.events
      }
      // Only for display, so a failed look is ignored.
      const timer = onProgress && setInterval(() => void watch().catch(() => undefined), LOOK_EVERY_MS)
      try {
        return (await ask('/api/v1/reconcile', query, SOURCE_TIMEOUT_MS)) as Reconciliation
      } finally {
        clearInterval(timer)
      }
    },
    async close() {
      await Promise.all([http.close(), slow?.close()])
    },
  }
}

const healthAnswer = z.object({ ok: z.literal(true) })
const deadLetterAnswer = z.object({ deadLetters: z.array(z.unknown()) })
const queuedAnswer = z.object({ queued: z.number() })
const cancelledAnswer = z.object({ cancelled: z.boolean() })
const droppedAnswer = z.object({ dropped: z.number() })
const errorAnswer = z.object({ error: z.string() })

function answerValue(status: number, body: string): unknown {
  const value: unknown = body.startsWith('{') ? JSON.parse(body) : undefined
  if (status === 200 && value !== undefined) return value
  if (status === 401) {
    throw new OperationError(
      'the engine refuses the admin token: server.admin_token must be the one that it was started with',
    )
  }
  const error = errorAnswer.safeParse(value)
  // Refused with the same error that a command without an engine gets.
  if ((status === 404 || status === 409) && error.success) throw new UsageError(error.data.error)
  throw new OperationError(`the engine answers HTTP ${status}${error.success ? `: ${error.data.error}` : ''}`)
}

function toParameters({ sink, ids = [], state, limit, after }: DeadLetterQuery): URLSearchParams {
  const parameters = new URLSearchParams(ids.map((id): [string, string] => ['id', id]))
  for (const [key, value] of Object.entries({ sink, state, limit })) {
    if (value !== undefined) parameters.set(key, String(value))
  }
  if (after !== undefined) parameters.set('after', `${new Date(after.at).toISOString()},${after.id}`)
  return parameters
}

/** An address has room for some ids only; Node takes 16 KiB of headers. */
function addressable(query: DeadLetterQuery): DeadLetterQuery[] {
  const { ids = [] } = query
  if (ids.length <= IDS_A_REQUEST) return [query]
  const starts = Array.from({ length: Math.ceil(ids.length / IDS_A_REQUEST) }, (_, i) => i * IDS_A_REQUEST)
  return starts.map((start) => ({ ...query, ids: ids.slice(start, start + IDS_A_REQUEST) }))
}
