/** What is written to the trail: one table, and one place through which every route's answer passes. */
import { messageOf } from '../errors.ts'
import { isObject } from '../lib/json-text.ts'
import type { Logger } from '../lib/logger.ts'
import { memberOf } from '../lib/members.ts'
import { failUnrecorded, shortDetails, shortText } from '../trail/details.ts'
import { createImportTrail } from './imports.ts'
import { type Reply, RequestError, type Route, type RouteRequest } from './route.ts'
import type { Deed, RecordDeed } from './trail.ts'

/** By method and path: every route that changes something or takes out a lot. */
export const DEEDS: Readonly<Record<string, string>> = {
  'POST /api/v1/sources/{id}/pause': 'source-paused',
  'POST /api/v1/sources/{id}/resume': 'source-resumed',
  'POST /api/v1/sinks/{id}/pause': 'sink-paused',
  'POST /api/v1/sinks/{id}/resume': 'sink-resumed',
  'POST /api/v1/sinks/{id}/test': 'sink-tested',
  'POST /api/v1/dead-letters/retry': 'dead-letters-retried',
  'POST /api/v1/dead-letters/drop': 'dead-letters-dropped',
  'POST /api/v1/replays': 'replay-queued',
  'POST /api/v1/backfills': 'backfill-started',
  'POST /api/v1/backfills/cancel': 'backfill-cancelled',
  'POST /api/v1/reconcile': 'range-reconciled',
  'POST /api/v1/archives/{id}/events': 'archive-imported',
  'GET /api/v1/events/download': 'events-downloaded',
  'GET /api/v1/dead-letters/export': 'dead-letters-exported',
  'GET /api/v1/state': 'state-exported',
  'GET /api/orgs/{org}/auditlogs': 'events-exported',
  'GET /api/orgs/{org}/auditlogs/export': 'events-exported',
  'GET /api/orgs/{org}/auditlogs/v2': 'events-exported',
  'GET /api/orgs/{org}/auditlogs/v2/export': 'events-exported',
}

type Refused = Pick<RouteRequest, 'params' | 'query' | 'body' | 'address' | 'caller'>

/** How many cursors of replays are remembered. */
const CURSORS_MOST = 1_000

interface Audited {
  answer(route: Route, request: RouteRequest): Promise<Reply>
  /** Records a refused request, if that is what `thrown` means; never throws. */
  refuse(route: Route, request: Refused, thrown: unknown): Promise<void>
  /** Records what has not been recorded yet. */
  close(): Promise<void>
}

/** Answers as the route does, but first records who did it. Not a byte of a stream is sent before that. */
export function createAudited(record: RecordDeed, logger: Pick<Logger, 'error'>): Audited {
  const warn = (reason: string) => logger.error('a comparison is missing from the trail', { reason })
  // A replay comes slice by slice but is recorded once: a request that continues an earlier answer is not recorded.
  const answered = new Set<string>()
  const imports = createImportTrail(record)
  const remember = (cursor: string | undefined) => {
    if (cursor === undefined) return
    answered.add(cursor)
    for (const oldest of answered) if (answered.size > CURSORS_MOST) answered.delete(oldest)
  }
  const refuse = async (route: Route, request: Refused, thrown: unknown) => {
    const action = DEEDS[`${route.method} ${route.path}`]
    if (action === undefined || !isRefusal(thrown)) return
    const { params, query, body, address, caller = thrown.caller } = request
    // What was not understood may hold anything.
    const understood = { params, query, body: thrown.status === 404 ? body : undefined }
    const known = detailsOf(understood, route.parameters)
    const details = { ...known, reason: shortText(thrown.message) }
    const deed = { ...(caller && { caller }), address, action, outcome: 'failure', details } as const
    await record({ ...deed, refused: true }).catch(() => undefined)
  }
  const answer = async (route: Route, request: RouteRequest) => {
    const action = DEEDS[`${route.method} ${route.path}`]
    if (action === undefined) return route.handle(request)
    const goesOn = answered.has(cursorIn(request.body, 'cursor') ?? '')
    let reply: Reply
    try {
      const recordReply = action === 'archive-imported' ? imports.of(request) : record
      reply = await recorded(route, request, { action, record: recordReply, goesOn, warn })
    } catch (thrown) {
      await refuse(route, request, thrown)
      throw thrown
    }
    if (action === 'replay-queued') remember(cursorIn(JSON.parse(String(reply.body)), 'next'))
    return reply
  }
  return { answer, refuse, close: imports.close }
}

function cursorIn(value: unknown, name: 'cursor' | 'next'): string | undefined {
  const cursor = memberOf(value, name)
  return cursor === undefined ? undefined : JSON.stringify(cursor)
}

interface Recording {
  readonly action: string
  readonly record: (deed: Deed, reply?: Reply) => Promise<void>
  /** Its begin has been recorded; from now on only a failure is. */
  readonly goesOn: boolean
  readonly warn: (reason: string) => void
}

async function recorded(
  route: Route,
  request: RouteRequest,
  { action, record, goesOn, warn }: Recording,
): Promise<Reply> {
  const { caller, address } = request
  const details = detailsOf(request, route.parameters)
  const deed = { ...(caller && { caller }), address, action }
  let reply: Reply
  try {
    reply = await route.handle(request)
  } catch (thrown) {
    if (!isRefusal(thrown)) {
      const reason = shortText(messageOf(thrown))
      // The original error matters more than a failure to record it.
      await record({ ...deed, outcome: 'failure', details: { ...details, reason } }).catch(() => undefined)
    }
    throw thrown
  }
  const { status, failure } = reply
  if (goesOn && status < 400) return reply
  const outcome = status < 400 && failure === undefined ? 'success' : 'failure'
  const reason = failure !== undefined && { reason: shortText(failure) }
  const whole = { ...deed, outcome, details: { ...details, ...reason } } as const
  await record(whole, reply).catch(failUnrecorded(whole, warn))
  return reply
}

/** Nothing was tried: the request is not allowed, names what does not exist, or could not be understood. */
function isRefusal(thrown: unknown): thrown is RequestError {
  return thrown instanceof RequestError && [400, 403, 404, 413, 415].includes(thrown.status)
}

const PARAMETERS_MOST = 20

/** What was asked for: parameters and the body, as far as they are short. */
function detailsOf(
  { params, query, body }: Pick<RouteRequest, 'params' | 'query' | 'body'>,
  known: readonly string[] = [],
): Record<string, unknown> {
  const given = isObject(body) && !Buffer.isBuffer(body) ? body : {}
  // Routes differ in which value of a repeated name they use: all are recorded, and none replaces what the path names.
  const parameters = [...new Set(query.keys())]
    .filter((it) => known.includes(it))
    .slice(0, PARAMETERS_MOST)
    .map((name) => {
      const [first, ...more] = query.getAll(name)
      return [name, more.length === 0 ? first : [first, ...more]]
    })
  return shortDetails(Object.entries({ ...Object.fromEntries(parameters), ...given, ...params }))
}
