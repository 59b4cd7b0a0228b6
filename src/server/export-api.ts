/**
 * The export API of Pulumi Cloud, served from the archive: a script that was written for the original works with
 * another host and token. https://www.pulumi.com/docs/reference/cloud-rest-api/audit-logs/
 */
import type { Archive, ArchivedEvent, EventQuery } from '../archive/archive.ts'
import type { EngineApi } from '../engine/engine-api.ts'
import { lineFormat } from '../formats/formats.ts'
import { parseNative } from '../formats/native.ts'
import { livePulumiCsv } from '../formats/pulumi-csv.ts'
import { archiveOf } from './archive-of.ts'
import { fileOf } from './event-download.ts'
import { entryOf } from './export-entry.ts'
import { EXPORT_PARAMETERS, type ExportVersion, selectionOf } from './export-query.ts'
import { json, RequestError, type Route, type RouteRequest } from './route.ts'

/** Errors of these paths have the shape of the original's. */
export const EXPORT_API = '/api/orgs/'

type Engine = Pick<EngineApi, 'archives' | 'organizations'>

export function exportApiRoutes(engine: Engine): Route[] {
  return [
    route(
      '/auditlogs',
      'JSON: records before ?startTime=, newest first; ?userFilter= ?continuationToken=',
      (request) => list(engine, 'v1', request),
    ),
    route(
      '/auditlogs/export',
      'CSV of all records before ?startTime=; ?userFilter= ?format=csv|cef',
      (request) => file(engine, 'v1', request),
    ),
    route(
      '/auditlogs/v2',
      'JSON: records from ?startTime= to ?endTime=; ?userFilter= ?eventFilter=',
      (request) => list(engine, 'v2', request),
    ),
    route('/auditlogs/v2/export', 'CSV of that range; ?format=csv|cef', (request) =>
      file(engine, 'v2', request),
    ),
  ]
}

function route(path: string, summary: string, handle: Route['handle']): Route {
  return {
    method: 'GET',
    access: 'viewer',
    path: `${EXPORT_API}{org}${path}`,
    summary,
    parameters: EXPORT_PARAMETERS,
    ignoresOthers: true,
    ...(path.endsWith('/export') && { sendsFile: true }),
    handle,
  }
}

/** The original documents none; a full second is rarely longer. */
const PAGE = 1_000

async function list(engine: Engine, version: ExportVersion, request: RouteRequest) {
  const { archive, query, token, format = 'json' } = await askedExport(engine, version, request)
  if (format !== 'json') throw new RequestError(400, 'invalid query params: format of a list is json')
  const { events, next } = await pageAt(archive, query, token, request.signal)
  const auditLogEvents = events.map(({ line }) => entryOf(parseNative(line)))
  return json({ auditLogEvents, ...(next !== undefined && { continuationToken: next }) })
}

async function file(engine: Engine, version: ExportVersion, request: RouteRequest) {
  const { archive, query, token, format = 'csv' } = await askedExport(engine, version, request)
  const lines = FORMATS.get(format)
  if (lines === undefined) throw new RequestError(400, 'invalid query params: format is csv or cef')
  const { signal } = request
  const pieces =
    token === undefined ? archive.read(query, signal) : await piecesFrom(archive, query, token, signal)
  return { status: 200, type: 'text/plain; charset=utf-8', body: fileOf(pieces, lines) }
}

const FORMATS = new Map([
  ['csv', livePulumiCsv],
  ['cef', lineFormat('pulumi_cef')],
])

async function askedExport(engine: Engine, version: ExportVersion, { params, query, signal }: RouteRequest) {
  const archive = archiveOf(engine)
  const { org: organization = '' } = params
  const selection = selectionOf(query, version)
  const isThere = async (wanted: EventQuery) =>
    (await archive.page(wanted, { limit: 1 }, signal)).events.length > 0
  if (!engine.organizations().includes(organization) && !(await isThere({ organization }))) {
    throw new RequestError(404, `Not Found: Organization '${organization}' not found`)
  }
  const { login } = selection.query
  if (login !== undefined && !(await isThere({ organization, login }))) {
    throw new RequestError(404, 'user not found')
  }
  return { ...selection, archive, query: { ...selection.query, organization } }
}

async function pageAt(archive: Archive, query: EventQuery, token: string | undefined, signal: AbortSignal) {
  const at = token === undefined ? { limit: PAGE } : { limit: PAGE, cursor: token }
  return archive.page(query, at, signal).catch((thrown: unknown) => {
    throw thrown instanceof RangeError ? new RequestError(400, 'invalid continuation token') : thrown
  })
}

/** The first page is read before anything is answered, so that a bad token is still refused. */
async function piecesFrom(archive: Archive, query: EventQuery, token: string, signal: AbortSignal) {
  let page = await pageAt(archive, query, token, signal)
  async function* pieces(): AsyncGenerator<readonly ArchivedEvent[]> {
    yield page.events
    while (page.next !== undefined) {
      page = await pageAt(archive, query, page.next, signal)
      yield page.events
    }
  }
  return pieces()
}
