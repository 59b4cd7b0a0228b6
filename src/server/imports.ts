import { z } from 'zod'
import { OperationError, UsageError } from '../errors.ts'
import { readNativeEvent } from '../normalise/read-event.ts'
import { checked } from './checked.ts'
import type { EngineApi } from './engine-api.ts'
import { json, RequestError, type Route } from './route.ts'

export function importRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/archives/{id}/events',
      access: 'operator',
      summary:
        'puts old events into the archive, those that it lacks: {"events": [EVENT…]} with native events',
      async handle({ body, params }) {
        const { events } = checked(request, body)
        const read = events.map(readAt)
        try {
          return json(await engine.importEvents({ sink: params.id ?? '', events: read }))
        } catch (error) {
          // As with a replay: it is the request that can't be done.
          if (error instanceof UsageError) throw new RequestError(409, error.message)
          throw error instanceof OperationError ? new RequestError(422, error.message) : error
        }
      },
    },
  ]
}

const request = z.strictObject({ events: z.array(z.unknown()).max(10_000) })

function readAt(value: unknown, index: number) {
  try {
    return readNativeEvent(value)
  } catch (error) {
    if (error instanceof UsageError) throw new RequestError(400, `events: ${index}: ${error.message}`)
    throw error
  }
}
