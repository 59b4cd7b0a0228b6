import { z } from 'zod'
import type { EngineApi } from '../engine/engine-api.ts'
import { checked } from './checked.ts'
import { refuse } from './engine-refusal.ts'
import { LATEST } from './parameters.ts'
import { json, type Route } from './route.ts'

export function reconcileRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/reconcile',
      access: 'viewer',
      summary: 'how far the reconciliations are that are under way',
      handle: () => json({ reconciles: engine.reconciling() }),
    },
    {
      method: 'POST',
      path: '/api/v1/reconcile',
      access: 'operator',
      summary:
        'compares a range with the source: {"source": …, "from": Unix seconds, "to": …, "repair": false}',
      handle: async ({ body }) => json(await engine.reconcile(checked(order, body)).catch(refuse)),
    },
  ]
}

const order = z
  .strictObject({
    source: z.string().min(1),
    from: z.int().min(0).max(LATEST),
    to: z.int().min(0).max(LATEST),
    repair: z.boolean().default(false),
  })
  .refine(({ from, to }) => from < to, { error: 'from must lie before to' })
