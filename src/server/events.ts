/** Events of an archive: lists, single ones, and what each archive holds. docs/http-api.md, "Events". */
import { setImmediate } from 'node:timers/promises'
import type { ArchivedEvent, PageRequest } from '../archive/archive.ts'
import type { EngineApi } from '../engine/engine-api.ts'
import { messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import type { FormatName } from '../formats/format.ts'
import { FORMAT_NAMES, lineFormat } from '../formats/formats.ts'
import { parseNative } from '../formats/native.ts'
import { archiveOf } from './archive-of.ts'
import { listed } from './cut-events.ts'
import { asked, FILTERS } from './event-filters.ts'
import { name, parametersOf, whole } from './parameters.ts'
import { json, type Reply, RequestError, type Route, type RouteRequest } from './route.ts'

type Archives = Pick<EngineApi, 'archives'>

export function eventListRoutes(engine: Archives): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/events',
      access: 'viewer',
      summary: 'events of the archive, newest first; filters, ?limit= ?cursor=',
      parameters: Object.keys(LIST),
      async handle({ query: parameters, signal }) {
        const { limit, cursor, ...filters } = parametersOf(LIST, parameters)
        const { archive, query } = asked(engine, filters)
        const at: PageRequest = cursor === undefined ? { limit } : { limit, cursor }
        const { events, next = null } = await archive.page(query, at, signal).catch(refuseCursor)
        return jsonReply(`{"events":[${(await listed(events)).join(',')}],"next":${JSON.stringify(next)}}`)
      },
    },
    {
      method: 'GET',
      path: '/api/v1/events/{uid}',
      access: 'viewer',
      summary: 'one event, and when it was archived',
      parameters: Object.keys(ARCHIVE),
      async handle(request) {
        const { archive } = parametersOf(ARCHIVE, request.query)
        const { archivedAt, line } = await findEvent(engine, request, archive)
        const at = new Date(archivedAt).toISOString()
        return jsonReply(`{"event":${textOf(line)},"archivedAt":${JSON.stringify(at)}}`)
      },
    },
    {
      method: 'GET',
      path: '/api/v1/events/{uid}/formats',
      access: 'viewer',
      summary: 'one event as each format has it, or as those of ?format=ocsf,ecs',
      parameters: Object.keys(FORMATS),
      async handle(request) {
        const { archive, format: wanted = FORMAT_NAMES } = parametersOf(FORMATS, request.query)
        const event = parseNative((await findEvent(engine, request, archive)).line)
        const formats: Rendering[] = []
        for (const format of wanted) {
          formats.push(rendering(event, format))
          // One event may be megabytes long, so others are answered between two of its formats.
          await setImmediate()
        }
        return json({ formats })
      },
    },
    {
      method: 'GET',
      path: '/api/v1/archives',
      access: 'viewer',
      summary: 'the archives, and how much they hold',
      async handle({ signal }) {
        const archives = [...engine.archives()].map(async ([id, archive]) => {
          const { events, oldest = null, newest = null } = await archive.extent(signal)
          return { id, events, oldest, newest }
        })
        return json({ archives: await Promise.all(archives) })
      },
    },
  ]
}

const LIST = { ...FILTERS, limit: whole(1, 1_000).default(100), cursor: name().exactOptional() }

const ARCHIVE = { archive: name().exactOptional() }

/** Names of formats, separated by commas. */
const FORMATS = {
  ...ARCHIVE,
  format: name()
    .transform((text) => text.split(',') as FormatName[])
    .refine((names) => names.every((it) => FORMAT_NAMES.includes(it)), {
      error: `expected names of ${FORMAT_NAMES.join(', ')}`,
    })
    .exactOptional(),
}

const decoder = new TextDecoder()

function textOf(line: Uint8Array): string {
  return decoder.decode(line)
}

interface Rendering {
  readonly name: FormatName
  /** Empty if the format refuses the event. */
  readonly text: string
  /** Why it does. */
  readonly error?: string
}

function rendering(event: AuditEvent, name: FormatName): Rendering {
  const { header, lineEnd, encode } = lineFormat(name)
  try {
    return { name, text: (header === undefined ? '' : header + lineEnd) + encode(event) }
  } catch (thrown) {
    return { name, text: '', error: messageOf(thrown) }
  }
}

async function findEvent(
  engine: Archives,
  { params: { uid = '' }, signal }: RouteRequest,
  id: string | undefined,
): Promise<ArchivedEvent> {
  if (!/^[0-9a-f]{64}$/.test(uid)) throw new RequestError(400, 'a uid is 64 hexadecimal digits')
  const found = await archiveOf(engine, id).find(uid, signal)
  if (found === undefined) {
    throw new RequestError(404, 'no event of this uid is in the archive; retention may have dropped it')
  }
  return found
}

function refuseCursor(thrown: unknown): never {
  throw thrown instanceof RangeError ? new RequestError(400, 'cursor: is not one of this archive') : thrown
}

/** JSON that is already written. */
function jsonReply(text: string): Reply {
  return { status: 200, type: 'application/json; charset=utf-8', body: `${text}\n` }
}
