import type { EngineApi } from '../engine/engine-api.ts'
import { json, type Route } from './route.ts'

export function healthRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      access: 'open',
      summary: 'the process is alive',
      ignoresOthers: true,
      handle: () => json({ ok: true }),
    },
    {
      method: 'GET',
      path: '/readyz',
      access: 'open',
      summary: 'configuration, store and schedules work; 503 with the reasons otherwise',
      ignoresOthers: true,
      handle() {
        const { ready, reasons } = engine.readiness()
        return json({ ready, reasons }, ready ? 200 : 503)
      },
    },
  ]
}
