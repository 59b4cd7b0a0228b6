/** What an operator does with one source or sink. */
import { z } from 'zod'
import { UsageError } from '../errors.ts'
import type { ComponentKind } from '../operator-pause.ts'
import { checked } from './checked.ts'
import type { EngineApi } from './engine-api.ts'
import { json, RequestError, type Route, type RouteRequest } from './route.ts'

export function componentRoutes(engine: EngineApi): Route[] {
  return [...pauseRoutes(engine, 'source', 'polling'), ...pauseRoutes(engine, 'sink', 'delivery')]
}

function pauseRoutes(engine: EngineApi, kind: ComponentKind, work: string): Route[] {
  const route = (verb: string, summary: string, run: (request: RouteRequest) => Promise<object>): Route => ({
    method: 'POST',
    path: `/api/v1/${kind}s/{id}/${verb}`,
    access: 'operator',
    summary,
    async handle(request) {
      checked(nothing, request.body)
      return json(await run(request).catch(notThere))
    },
  })
  return [
    route('pause', `holds up ${work}, over restarts too; nothing is lost`, async ({ params, caller }) => {
      await engine.pause(kind, params.id ?? '', caller?.name ?? 'local')
      return { paused: true }
    }),
    route('resume', `goes on with ${work}`, async ({ params }) => {
      await engine.resume(kind, params.id ?? '')
      return { paused: false }
    }),
  ]
}

const nothing = z.strictObject({})

function notThere(error: unknown): never {
  throw error instanceof UsageError ? new RequestError(404, error.message) : error
}
