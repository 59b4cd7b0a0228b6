import { setImmediate as turn } from 'node:timers/promises'
import { z } from 'zod'
import type { NewEvent } from '../archive/stored-archive.ts'
import type { EngineApi } from '../engine/engine-api.ts'
import { UsageError } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { createImportRecord } from '../import/import-record.ts'
import { asArchived, eventsOfLines } from '../import/native-lines.ts'
import { FOREIGN_UID, hasOwnUid } from '../import/own-uid.ts'
import type { FileItem } from '../import/read-file.ts'
import type { ImportPart, Refused } from '../import/request.ts'
import { readNativeEvent } from '../normalise/read-event.ts'
import { checked } from './checked.ts'
import { refuseUndone } from './engine-refusal.ts'
import { parametersOf } from './parameters.ts'
import { json, type Reply, RequestError, type Route, type RouteRequest } from './route.ts'
import type { Deed, RecordDeed } from './trail.ts'

export function importRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/archives/{id}/events',
      access: 'operator',
      summary:
        'puts old events into the archive, those that it lacks: {"events": [EVENT…]} with native events, or NDJSON of them; ' +
        'slices with the same ?import= are one entry of the trail, ended by one with "last": true, "files" names them, and "refused" counts events that were refused before they were sent; ' +
        'an event whose uid does not follow from its fields is refused, unless ?redacted=true says that they were redacted',
      takesLines: true,
      parameters: Object.keys(parameters),
      async handle(request) {
        partOf(request)
        const { redacted } = parametersOf(parameters, request.query)
        const { events, refused } = await eventsOf(request.body, redacted !== undefined)
        const sink = request.params.id ?? ''
        const result = await engine.importEvents({ sink, events }).catch(refuseUndone)
        return json({ ...result, refused: [...refused, ...result.refused] })
      },
    },
  ]
}

const parameters = {
  import: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'expected up to 64 letters, digits, - and _')
    .exactOptional(),
  redacted: z.literal('true').exactOptional(),
}

const slice = z.strictObject({
  events: z.array(z.unknown()).max(10_000),
  files: z.array(z.string()).exactOptional(),
  refused: z.int().min(0).exactOptional(),
  last: z.literal(true).exactOptional(),
})

interface Received {
  readonly events: readonly NewEvent[]
  readonly refused: readonly Refused[]
}

/** Throws RequestError for what is no event. */
async function eventsOf(body: unknown, redacted: boolean): Promise<Received> {
  const events: NewEvent[] = []
  const refused: Refused[] = []
  const take = (item: FileItem) => {
    if (!('fault' in item)) events.push(item)
    else if (item.refused === undefined) throw new RequestError(400, `line ${item.line}: ${item.fault}`)
    else refused.push({ uid: item.refused, reason: item.fault })
  }
  if (Buffer.isBuffer(body)) {
    for await (const items of eventsOfLines([body], { redacted })) items.forEach(take)
    return { events, refused }
  }
  for (const [index, value] of checked(slice, body).events.entries()) {
    const event = eventAt(value, index)
    if (redacted || hasOwnUid(event)) events.push(asArchived(event))
    else {
      refused.push({ uid: event.uid, reason: FOREIGN_UID })
      await turn()
    }
  }
  return { events, refused }
}

function eventAt(value: unknown, index: number): AuditEvent {
  try {
    return readNativeEvent(value)
  } catch (error) {
    if (error instanceof UsageError) throw new RequestError(400, `events: ${index}: ${error.message}`)
    throw error
  }
}

/** Undefined for a request that is an import by itself. Throws RequestError. */
function partOf({ query, body }: RouteRequest): ImportPart | undefined {
  const { import: id } = parametersOf(parameters, query)
  if (id === undefined) return undefined
  const { events: _, ...rest } = Buffer.isBuffer(body) ? { events: [] } : checked(slice, body)
  return { id, ...rest }
}

interface ImportTrail {
  /** How the answer to this request is written down. */
  of(request: RouteRequest): (deed: Deed, reply?: Reply) => Promise<void>
  close(): Promise<void>
}

export function createImportTrail(record: RecordDeed): ImportTrail {
  const imports = createImportRecord(record)
  return {
    of(request) {
      const part = partOf(request)
      const who = request.caller?.name ?? ''
      return (deed, reply) => {
        const { events, last: _, import: __, ...details } = deed.details
        const recorded = part === undefined ? { events, ...details } : details
        const result = reply && reply.status < 400 ? JSON.parse(String(reply.body)) : undefined
        return imports.take(who, { ...deed, details: recorded }, part, result)
      }
    },
    close: imports.close,
  }
}
