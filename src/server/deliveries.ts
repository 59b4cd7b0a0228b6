import { parseNative } from '../formats/native.ts'
import type { EngineApi } from './engine-api.ts'
import { json, RequestError, type Route } from './route.ts'

export function deliveryRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/events/{uid}/deliveries',
      access: 'viewer',
      summary: 'what became of an archived event at each sink',
      async handle({ params: { uid = '' }, signal }) {
        for (const archive of engine.archives().values()) {
          const found = await archive.find(uid, signal)
          if (found !== undefined)
            return json({ deliveries: await engine.deliveries(parseNative(found.line)) })
        }
        throw new RequestError(404, `no archive has the event ${uid}`)
      },
    },
  ]
}
