import { z } from 'zod'
import { UsageError } from '../errors.ts'
import type { BackfillOrder, EngineApi } from './engine-api.ts'
import { json, RequestError, type Route } from './route.ts'

export function backfillRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/backfills',
      access: 'api',
      summary: "each source's last backfill: how far it is, and what it found",
      handle: async () => json({ backfills: await engine.backfills() }),
    },
    {
      method: 'POST',
      path: '/api/v1/backfills',
      access: 'api',
      summary:
        'begins one, or goes on with it: {"source": …, "from": …, "to": …} in Unix seconds; parallel, dryRun',
      async handle({ body }) {
        try {
          await engine.startBackfill(orderOf(body))
        } catch (error) {
          throw error instanceof UsageError ? new RequestError(409, error.message) : error
        }
        return json({ backfills: await engine.backfills() })
      },
    },
  ]
}

const order = z
  .strictObject({
    source: z.string().min(1),
    from: z.int().min(0),
    to: z.int().min(0),
    parallel: z.int().min(1).max(64).default(8),
    dryRun: z.boolean().default(false),
  })
  .refine(({ from, to }) => from < to, { error: 'from must lie before to' })
  .refine(({ to }) => to * 1000 <= Date.now(), { error: 'to must not lie in the future' })

function orderOf(body: unknown): BackfillOrder {
  const result = order.safeParse(body)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => [...path.map(String), message].join(': '))
  throw new RequestError(400, problems.join('; '))
}
