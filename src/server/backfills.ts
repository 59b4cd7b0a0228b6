import { z } from 'zod'
import type { EngineApi } from '../engine/engine-api.ts'
import { MOST_PARALLEL } from '../poll/backfill-parts.ts'
import { checked } from './checked.ts'
import { refuse } from './engine-refusal.ts'
import { json, type Route } from './route.ts'

export function backfillRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/backfills',
      access: 'viewer',
      summary: "each source's last backfill: how far it is, and what it found",
      handle: async () => json({ backfills: await engine.backfills() }),
    },
    {
      method: 'POST',
      path: '/api/v1/backfills',
      access: 'operator',
      summary:
        'begins one, or goes on with it: {"source": …, "from": …, "to": …} in Unix seconds; parallel, dryRun, sinks',
      async handle({ body }) {
        await engine.startBackfill(checked(order, body)).catch(refuse)
        return json({ backfills: await engine.backfills() })
      },
    },
    {
      method: 'POST',
      path: '/api/v1/backfills/cancel',
      access: 'operator',
      summary: 'ends the one under way; what it has spooled stays: {"source": …}',
      async handle({ body }) {
        const { source } = checked(cancelOrder, body)
        return json({ cancelled: await engine.cancelBackfill(source).catch(refuse) })
      },
    },
  ]
}

const order = z
  .strictObject({
    source: z.string().min(1),
    from: z.int().min(0),
    to: z.int().min(0),
    parallel: z.int().min(1).max(MOST_PARALLEL).default(8),
    dryRun: z.boolean().default(false),
    sinks: z.array(z.string().min(1)).min(1).exactOptional(),
  })
  .refine(({ from, to }) => from < to, { error: 'from must lie before to' })
  .refine(({ to }) => to * 1000 <= Date.now(), { error: 'to must not lie in the future' })

const cancelOrder = z.strictObject({ source: z.string().min(1) })
