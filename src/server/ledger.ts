import { z } from 'zod'
import { checked } from './checked.ts'
import type { EngineApi } from './engine-api.ts'
import { givenOnce } from './parameters.ts'
import { refuse } from './refuse.ts'
import { json, type Route } from './route.ts'

export function ledgerRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/ledger',
      access: 'viewer',
      summary:
        'events, gaps and what became of them at each sink, by day (UTC), and which days were not read: ?source= ?from= ?to= in Unix seconds',
      parameters: Object.keys(range.shape),
      async handle({ query }) {
        const wanted = checked(range, givenOnce(query))
        return json(await engine.ledger(wanted).catch(refuse))
      },
    },
  ]
}

/** Each day is a question to a shared store. */
const DAYS_MOST = 1_000

const range = z
  .strictObject({ source: z.string().min(1), from: seconds(), to: seconds() })
  .refine(({ from, to }) => from < to, { error: 'from must lie before to' })
  .refine(({ from, to }) => to - from <= DAYS_MOST * 86_400, { error: `at most ${DAYS_MOST} days` })

function seconds() {
  return z
    .string()
    .regex(/^\d{1,12}$/, { error: 'must be Unix seconds' })
    .transform(Number)
}
