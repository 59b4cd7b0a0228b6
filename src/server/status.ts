import type { EngineApi } from '../engine/engine-api.ts'
import { json, type Route } from './route.ts'

export function statusRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/status',
      access: 'viewer',
      summary: 'states, lags and counts of every source and sink',
      handle: async () => json(await engine.status()),
    },
    {
      method: 'GET',
      path: '/api/v1/state',
      access: 'operator',
      summary: 'checkpoints and cursors, as `state.mirror` holds them',
      handle: async () => json(await engine.exportState()),
    },
  ]
}
