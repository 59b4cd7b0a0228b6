import { z } from 'zod'
import type { ReconcileQuery } from '../reconcile/result.ts'
import type { EngineApi } from './engine-api.ts'
import { json, RequestError, type Route } from './route.ts'

export function reconcileRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/reconcile',
      access: 'api',
      summary: 'how far the reconciliations are that are under way',
      handle: async () => json({ reconciles: engine.reconciling() }),
    },
    {
      method: 'POST',
      path: '/api/v1/reconcile',
      access: 'api',
      summary:
        'compares a range with the source: {"source": …, "from": Unix seconds, "to": …, "repair": false}',
      handle: async ({ body }) => json(await engine.reconcile(queryOf(body))),
    },
  ]
}

const LATEST = 253_402_300_799

const query = z
  .strictObject({
    source: z.string().min(1),
    from: z.int().min(0).max(LATEST),
    to: z.int().min(0).max(LATEST),
    repair: z.boolean().default(false),
  })
  .refine(({ from, to }) => from < to, { error: 'from must lie before to' })

function queryOf(body: unknown): ReconcileQuery {
  const result = query.safeParse(body)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => [...path.map(String), message].join(': '))
  throw new RequestError(400, problems.join('; '))
}
