import type { EngineApi } from '../engine/engine-api.ts'
import { parseNative } from '../formats/native.ts'
import { archiveOf } from './archive-of.ts'
import { name, parametersOf } from './parameters.ts'
import { json, RequestError, type Route } from './route.ts'

export function deliveryRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/events/{uid}/deliveries',
      access: 'viewer',
      summary: 'what became of an archived event at each sink; ?archive=',
      parameters: Object.keys(ARCHIVE),
      async handle({ params: { uid = '' }, query, signal }) {
        const { archive: id } = parametersOf(ARCHIVE, query)
        const asked = id === undefined ? [...engine.archives().values()] : [archiveOf(engine, id)]
        for (const archive of asked) {
          const found = await archive.find(uid, signal)
          if (found !== undefined)
            return json({ deliveries: await engine.deliveries(parseNative(found.line)) })
        }
        throw new RequestError(404, `no archive has the event ${uid}`)
      },
    },
  ]
}

const ARCHIVE = { archive: name().exactOptional() }
