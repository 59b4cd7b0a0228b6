import type { EngineApi } from '../engine/engine-api.ts'
import { eventCountRoutes } from './event-counts.ts'
import { eventDownloadRoutes } from './event-download.ts'
import { eventStreamRoutes } from './event-stream.ts'
import { eventListRoutes } from './events.ts'
import type { Route } from './route.ts'

/** All routes that ask the archive. Those with a fixed name come before `/api/v1/events/{uid}`. */
export function eventRoutes(engine: Pick<EngineApi, 'archives'>): Route[] {
  return [
    ...eventStreamRoutes(engine),
    ...eventCountRoutes(engine),
    ...eventDownloadRoutes(engine),
    ...eventListRoutes(engine),
  ]
}
