import { z } from 'zod'
import type { DeadLetterQuery } from '../spool/store.ts'
import { checked } from './checked.ts'
import { deadLetterToJson } from './dead-letter-json.ts'
import type { EngineApi } from './engine-api.ts'
import { json, type Route } from './route.ts'

export function deadLetterRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/dead-letters',
      access: 'viewer',
      summary: 'dead letters; ?sink= ?state=parked|queued|replay ?id= (repeatable) ?limit=',
      async handle({ query }) {
        const letters = await engine.deadLetters(queryOf(query))
        return json({ deadLetters: letters.map(deadLetterToJson) })
      },
    },
    {
      method: 'POST',
      path: '/api/v1/dead-letters/retry',
      access: 'operator',
      summary: 'queues dead letters for redelivery: {"sink": …}, {"ids": […]} or {"all": true}',
      handle: async ({ body }) => json({ queued: await engine.queueDeadLetters(selectionOf(body)) }),
    },
    {
      method: 'POST',
      path: '/api/v1/dead-letters/drop',
      access: 'operator',
      summary: 'drops dead letters for good; takes the same',
      handle: async ({ body }) => json({ dropped: await engine.dropDeadLetters(selectionOf(body)) }),
    },
  ]
}

const fields = z.strictObject({
  sink: z.string().min(1).exactOptional(),
  ids: z.array(z.string().min(1)).min(1).exactOptional(),
  state: z.enum(['parked', 'queued', 'replay']).exactOptional(),
  limit: z.int().min(1).exactOptional(),
})

/** Nothing is selected by leaving everything out: a forgotten body must not change every dead letter. */
const selection = fields
  .extend({ all: z.literal(true).exactOptional() })
  .refine(({ sink, ids, all }) => (all === true) !== (sink !== undefined || ids !== undefined), {
    error: 'give sink, ids or both; or all: true for every dead letter',
  })

function queryOf(parameters: URLSearchParams): DeadLetterQuery {
  const { id, limit, ...rest } = Object.fromEntries(parameters)
  return checked(fields, {
    ...rest,
    ...(id === undefined ? {} : { ids: parameters.getAll('id') }),
    ...(limit === undefined ? {} : { limit: /^\d+$/.test(limit) ? Number(limit) : Number.NaN }),
  })
}

function selectionOf(body: unknown): DeadLetterQuery {
  const { all: _, ...query } = checked(selection, body)
  return query
}
