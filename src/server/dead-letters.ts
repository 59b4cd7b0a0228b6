import { z } from 'zod'
import { deadLetterToJson } from '../engine/dead-letter-json.ts'
import { deadLetterLines } from '../engine/dead-letter-lines.ts'
import type { EngineApi } from '../engine/engine-api.ts'
import type { DeadLetterQuery } from '../spool/store.ts'
import { unknownId } from '../unknown-id.ts'
import { checked } from './checked.ts'
import { refuse } from './engine-refusal.ts'
import { parametersOf, whole } from './parameters.ts'
import { json, type Route } from './route.ts'

export function deadLetterRoutes(engine: EngineApi): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/dead-letters',
      access: 'viewer',
      summary: 'dead letters; ?sink= ?state=parked|queued|replay ?id= (repeatable) ?limit= ?after=AT,ID',
      parameters: Object.keys(LIST),
      async handle({ query }) {
        const { id: ids, ...rest } = parametersOf(LIST, query, ['id'])
        const wanted = { ...rest, ...(ids && { ids }) }
        const letters = await engine.deadLetters(wanted)
        if (letters.length === 0) await demandSink(engine, wanted)
        return json({ deadLetters: letters.map(deadLetterToJson) })
      },
    },
    {
      method: 'GET',
      path: '/api/v1/dead-letters/export',
      access: 'viewer',
      sendsFile: true,
      summary: 'all dead letters, or all of ?sink=, as NDJSON',
      parameters: Object.keys(EXPORT),
      async handle({ query }) {
        const wanted = parametersOf(EXPORT, query)
        await demandSink(engine, wanted)
        const body = await deadLetterLines(engine, wanted)
        return {
          status: 200,
          type: 'application/x-ndjson',
          headers: { 'content-disposition': 'attachment; filename="dead-letters.ndjson"' },
          body,
        }
      },
    },
    {
      method: 'POST',
      path: '/api/v1/dead-letters/retry',
      access: 'operator',
      summary: 'queues dead letters for redelivery: {"sink": …}, {"ids": […]} or {"all": true}',
      handle: async ({ body }) =>
        json({ queued: await engine.queueDeadLetters(await selectionOf(engine, body)) }),
    },
    {
      method: 'POST',
      path: '/api/v1/dead-letters/drop',
      access: 'operator',
      summary: 'drops dead letters for good; takes the same',
      handle: async ({ body }) =>
        json({ dropped: await engine.dropDeadLetters(await selectionOf(engine, body)) }),
    },
  ]
}

/** Dead letters of one answer; `after` asks for those behind them. */
export const LIST_MOST = 1_000

const sink = z.string().min(1).exactOptional()
const ids = z.array(z.string().min(1)).min(1).exactOptional()
const state = z.enum(['parked', 'queued', 'replay']).exactOptional()

/** `at` and `id` of a dead letter: those behind it are meant, oldest first. */
const place = z
  .string()
  .regex(/^\d{4}-[^,]+Z,./, 'expected the `at` and the `id` of a dead letter: 2026-11-25T10:00:00.000Z,ID')
  .transform((text) => {
    const comma = text.indexOf(',')
    return { at: Date.parse(text.slice(0, comma)), id: text.slice(comma + 1) }
  })
  .refine(({ at }) => Number.isFinite(at), 'is no time')

const LIST = {
  sink,
  state,
  id: ids,
  limit: whole(1, LIST_MOST).exactOptional(),
  after: place.exactOptional(),
}

const EXPORT = { sink }

/** An empty selection is refused, so that a forgotten body does not change every dead letter. */
const selection = z
  .strictObject({
    sink,
    ids,
    state,
    limit: z.int().min(1).exactOptional(),
    all: z.literal(true).exactOptional(),
  })
  .refine(({ sink, ids, all }) => (all === true) !== (sink !== undefined || ids !== undefined), {
    error: 'give sink, ids or both; or all: true for every dead letter',
  })

async function selectionOf(engine: EngineApi, body: unknown): Promise<DeadLetterQuery> {
  const { all: _, ...query } = checked(selection, body)
  await demandSink(engine, query)
  return query
}

/** A removed sink still counts while it has dead letters. Throws RequestError 404. */
async function demandSink(engine: EngineApi, { sink }: DeadLetterQuery): Promise<void> {
  if (sink === undefined) return
  const sinks = Object.keys((await engine.status()).sinks)
  if (sinks.includes(sink) || (await engine.deadLetters({ sink, limit: 1 })).length > 0) return
  refuse(unknownId('sink', sink, sinks))
}
