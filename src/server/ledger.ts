import { z } from 'zod'
import type { EngineApi } from '../engine/engine-api.ts'
import { refuse } from './engine-refusal.ts'
import { parametersOf, second } from './parameters.ts'
import { json, RequestError, type Route } from './route.ts'

export function ledgerRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/ledger',
      access: 'viewer',
      summary:
        'events, gaps and what became of them at each sink, by day (UTC), and which days were not read: ?source= ?from= ?to= in Unix seconds',
      parameters: Object.keys(RANGE),
      async handle({ query }) {
        const range = parametersOf(RANGE, query)
        if (range.from >= range.to) throw new RequestError(400, 'from must lie before to')
        if (range.to - range.from > DAYS_MOST * 86_400)
          throw new RequestError(400, `at most ${DAYS_MOST} days`)
        return json(await engine.ledger(range).catch(refuse))
      },
    },
  ]
}

/** Each day is a question to a shared store. */
const DAYS_MOST = 1_000

const RANGE = { source: z.string().min(1), from: second(), to: second() }
