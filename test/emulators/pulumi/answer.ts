/** How the server answers a request: with a status and a message, or with a body that is produced as it is sent. */
import { catalogue } from '../../../src/normalise/catalogue.ts'
import { columnsOf, csvHeader, csvRow, displayName, jsonEntry } from './encode.ts'
import type { History } from './history.ts'
import { type Placed, type Position, type Selection, select } from './page.ts'
import type { Switches } from './switches.ts'
import type { Tokens } from './tokens.ts'

export interface ServerAnswer {
  readonly status: number
  readonly contentType: string
  readonly isExport: boolean
  readonly text: Iterable<string>
}

export interface AuditLog {
  readonly history: History
  readonly tokens: Tokens
  readonly switches: Switches
  /** Seeds the order of events within a second. */
  readonly requestNumber: number
}

/** `path` is what follows `/auditlogs`: empty, `/export`, `/v2`, `/v2/export` or `/event-types`. */
export function answerTo(path: string, query: URLSearchParams, log: AuditLog): ServerAnswer {
  if (path === '/event-types') return eventTypes(log.switches.eventTypes)
  const isV2 = path.startsWith('/v2')
  const isExport = path.endsWith('/export')
  if (!['', '/export', '/v2', '/v2/export'].includes(path) || (isV2 && !log.switches.v2))
    return refusal(404, 'Not Found')
  if (!log.switches.plan) {
    return refusal(400, 'Audit Logs is available only to organizations with an Enterprise subscription.')
  }
  const selection = selectionOf(query, isV2, log)
  if (typeof selection === 'string') return refusal(400, selection)
  if (selection.login !== '' && isUnknown(selection.login, log)) return refusal(404, 'user not found')
  const placed = select(log.history, selection)
  return isExport
    ? { status: 200, contentType: 'text/plain', isExport, text: csvText(placed, log.switches) }
    : {
        status: 200,
        contentType: 'application/json',
        isExport,
        text: jsonText(placed, selection.shuffle, log),
      }
}

/** The API's usual error body. */
export function refusal(status: number, message: string): ServerAnswer {
  return json(status, JSON.stringify({ code: status, message }))
}

function json(status: number, text: string): ServerAnswer {
  return { status, contentType: 'application/json', isExport: false, text: [text] }
}

/** v1: `startTime` is the upper bound. v2: `startTime` is the lower bound, `endTime` the upper one. */
function selectionOf(query: URLSearchParams, isV2: boolean, log: AuditLog): Selection | string {
  const { switches, tokens } = log
  const upper = secondIn(query, isV2 ? 'endTime' : 'startTime', Number.MAX_SAFE_INTEGER)
  const lower = isV2 ? secondIn(query, 'startTime', 0) : 0
  if (Number.isNaN(upper) || Number.isNaN(lower)) return 'invalid query params'
  const token = query.get('continuationToken')
  if (!isV2 && token === null && !query.has('startTime'))
    return 'either continuationToken or startTime is required'
  const base = {
    top: switches.upperBound === 'inclusive' ? upper : upper - 1,
    bottom: switches.lowerBound === 'inclusive' || !isV2 ? lower : lower + 1,
    login: query.get('userFilter') ?? '',
    shuffle: switches.shuffled ? log.requestNumber : undefined,
  }
  if (token === null || token === '') return base
  const resumption = tokens.redeem(token, switches)
  if (resumption === undefined) return 'invalid continuation token'
  return { ...base, ...resumption, top: Math.min(base.top, resumption.top) }
}

function secondIn(query: URLSearchParams, name: string, absent: number): number {
  const value = query.get(name)
  if (value === null) return absent
  return /^-?\d+$/.test(value) ? Number(value) : Number.NaN
}

function* csvText(placed: Iterable<Placed>, switches: Switches): Generator<string> {
  const columns = columnsOf(switches)
  yield csvHeader(switches)
  let count = 0
  for (const { slot } of placed) {
    if (count++ === switches.pageSize) return
    yield csvRow(slot.event, columns, switches)
  }
}

function* jsonText(placed: Iterable<Placed>, shuffle: number | undefined, log: AuditLog): Generator<string> {
  yield '{"auditLogEvents":['
  let count = 0
  let last: Position | undefined
  let token: string | undefined
  for (const { slot, position } of placed) {
    if (count === log.switches.pageSize) {
      token = last && log.tokens.issue(last, shuffle, log.switches)
      break
    }
    yield (count++ === 0 ? '' : ',') + jsonEntry(slot.event, log.switches)
    last = position
  }
  yield token === undefined ? ']}' : `],"continuationToken":${JSON.stringify(token)}}`
}

/** Searches only the newest events: a long invented history would take seconds. */
function isUnknown(login: string, log: AuditLog): boolean {
  let looked = 0
  for (const { event } of log.history.newestFirst(Number.MAX_SAFE_INTEGER)) {
    if (event.user.githubLogin === login) return false
    if (++looked === 100_000) return false
  }
  return true
}

function eventTypes(list: AuditLog['switches']['eventTypes']): ServerAnswer {
  if (list === 'absent') return refusal(404, 'Not Found')
  return json(200, JSON.stringify({ eventTypes: list === 'catalogue' ? catalogue.map(eventType) : list }))
}

function eventType(entry: (typeof catalogue)[number]) {
  return {
    event: entry.event,
    displayName: displayName(entry.event),
    description: '',
    requiresOrgAdmin: entry.requiresOrgAdmin ?? false,
    requiresStackAdmin: entry.requiresStackAdmin ?? false,
    authenticationFailure: entry.failure === 'flag',
    deprecated: entry.deprecated ?? false,
    ...(entry.replacedBy === undefined ? {} : { replacedBy: entry.replacedBy }),
  }
}
