/** What an operator can do with one source or sink. */
import { z } from 'zod'
import type { EngineApi } from '../engine/engine-api.ts'
import type { ComponentKind } from '../engine/named-component.ts'
import { checked } from './checked.ts'
import { refuse } from './engine-refusal.ts'
import { json, type Reply, type Route, type RouteRequest } from './route.ts'

export function componentRoutes(engine: EngineApi): Route[] {
  return [
    ...pauseRoutes(engine, 'source', 'polling'),
    ...pauseRoutes(engine, 'sink', 'delivery'),
    order(
      'sink',
      'test',
      'sends one event that is marked as a test, as check --send does',
      async ({ params }) => {
        const { ok, detail, cure } = await engine.testSink(params.id ?? '')
        return { ...json({ ok, detail, cure }), ...(!ok && { failure: detail }) }
      },
    ),
  ]
}

function pauseRoutes(engine: EngineApi, kind: ComponentKind, work: string): Route[] {
  const hold = `holds up ${work}, over restarts too; nothing is lost`
  return [
    order(kind, 'pause', hold, async ({ params, caller }) => {
      await engine.pause(kind, params.id ?? '', caller?.name ?? 'local')
      return json({ paused: true })
    }),
    order(kind, 'resume', `goes on with ${work}`, async ({ params }) => {
      await engine.resume(kind, params.id ?? '')
      return json({ paused: false })
    }),
  ]
}

/** An order for one component; the body must be empty. */
function order(
  kind: ComponentKind,
  verb: string,
  summary: string,
  run: (request: RouteRequest) => Promise<Reply>,
): Route {
  return {
    method: 'POST',
    path: `/api/v1/${kind}s/{id}/${verb}`,
    access: 'operator',
    summary,
    async handle(request) {
      checked(nothing, request.body)
      return await run(request).catch(refuse)
    },
  }
}

const nothing = z.strictObject({})
