import { z } from 'zod'
import type { NewEvent } from '../archive/stored-archive.ts'
import { UsageError } from '../errors.ts'
import { asArchived, eventsOfLines } from '../import/native-lines.ts'
import type { ImportPart } from '../import/request.ts'
import { createImportTeller } from '../import/tell-once.ts'
import { readNativeEvent } from '../normalise/read-event.ts'
import { checked } from './checked.ts'
import type { EngineApi } from './engine-api.ts'
import { parametersOf } from './parameters.ts'
import { refuseUndone } from './refuse.ts'
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
        'slices with the same ?import= are one entry of the trail, ended by one with "last": true, and "files" names them',
      takesLines: true,
      async handle(request) {
        partOf(request)
        const events = await eventsOf(request.body)
        const sink = request.params.id ?? ''
        return json(await engine.importEvents({ sink, events }).catch(refuseUndone))
      },
    },
  ]
}

const parameters = {
  import: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'expected up to 64 letters, digits, - and _')
    .exactOptional(),
}

const slice = z.strictObject({
  events: z.array(z.unknown()).max(10_000),
  files: z.array(z.string()).exactOptional(),
  last: z.literal(true).exactOptional(),
})

async function eventsOf(body: unknown): Promise<NewEvent[]> {
  if (!Buffer.isBuffer(body)) return checked(slice, body).events.map(eventAt)
  const events: NewEvent[] = []
  for await (const items of eventsOfLines([body])) {
    for (const item of items) {
      if ('fault' in item) throw new RequestError(400, `line ${item.line}: ${item.fault}`)
      events.push(item)
    }
  }
  return events
}

function eventAt(value: unknown, index: number): NewEvent {
  try {
    return asArchived(readNativeEvent(value))
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

export interface ImportTrail {
  /** How the answer to this request is written down. */
  of(request: RouteRequest): (deed: Deed, reply?: Reply) => Promise<void>
  close(): Promise<void>
}

export function createImportTrail(record: RecordDeed): ImportTrail {
  const teller = createImportTeller(record)
  return {
    of(request) {
      const part = partOf(request)
      const who = request.caller?.name ?? ''
      return (deed, reply) => {
        const { events, last: _, import: __, ...details } = deed.details
        const told = part === undefined ? { events, ...details } : details
        const result = reply && reply.status < 400 ? JSON.parse(String(reply.body)) : undefined
        return teller.take(who, { ...deed, details: told }, part, result)
      }
    },
    close: teller.close,
  }
}
