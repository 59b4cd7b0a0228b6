import { z } from 'zod'
import type { EngineApi } from '../engine/engine-api.ts'
import { HOLES_MOST } from '../replay/from-archives.ts'
import { MOST_UIDS } from '../replay/request.ts'
import { checked } from './checked.ts'
import { refuseUndone } from './engine-refusal.ts'
import { LATEST } from './parameters.ts'
import { json, type Route } from './route.ts'

export function replayRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/replays',
      access: 'operator',
      summary:
        'queues a slice of a range to be sent again: {"sink": …, "from": …, "to": …, "source": …, "uids": […]}; ' +
        'ask again with "cursor" set to the answer\'s "next" until there is none',
      handle: async ({ body }) => json(await engine.replay(checked(request, body)).catch(refuseUndone)),
    },
  ]
}

const whole = z.int().min(0)

const uid = z.string().regex(/^[0-9a-f]{64}$/, 'expected a uid: 64 digits of 0-9 and a-f')

const read = { source: z.string(), to: whole, at: whole }

const holes = z
  .array(z.tuple([whole, whole]))
  .max(HOLES_MOST + 1)
  .exactOptional()

const cursor = z.discriminatedUnion('phase', [
  z.strictObject({
    ...read,
    phase: z.literal('count'),
    start: whole.exactOptional(),
    found: whole.exactOptional(),
  }),
  z.strictObject({ ...read, phase: z.literal('spool') }),
  z.strictObject({ ...read, phase: z.literal('archive'), holes, after: uid.exactOptional() }),
  z.strictObject({
    ...read,
    phase: z.literal('source'),
    holes,
    below: whole.exactOptional(),
    partly: whole.exactOptional(),
  }),
])

const request = z
  .strictObject({
    sink: z.string().min(1),
    source: z.string().min(1).exactOptional(),
    from: whole.max(LATEST),
    to: whole.max(LATEST),
    uids: z.array(uid).min(1).max(MOST_UIDS).exactOptional(),
    cursor: cursor.exactOptional(),
  })
  .refine(({ from, to }) => from < to, { error: 'from must lie before to' })
