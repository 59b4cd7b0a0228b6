/** How many events of the archive there are: over time, and of the values that occur most. */
import { z } from 'zod'
import type { Archive, EventQuery } from '../archive/archive.ts'
import type { EngineApi } from '../engine/engine-api.ts'
import { asked, FILTERS } from './event-filters.ts'
import { parametersOf, whole } from './parameters.ts'
import { json, type Route } from './route.ts'
import { sliceOf } from './slice.ts'

export function eventCountRoutes(engine: Pick<EngineApi, 'archives'>): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/events/histogram',
      access: 'viewer',
      summary: 'how many events of each category over time; filters, ?slices= at most',
      parameters: Object.keys(HISTOGRAM),
      async handle({ query: parameters, signal }) {
        const { slices, ...filters } = parametersOf(HISTOGRAM, parameters)
        const { archive, query } = asked(engine, filters)
        const range = await rangeOf(archive, query, signal)
        const slice = sliceOf(range, slices)
        const counted = await archive.histogram({ ...query, ...range }, slice, signal)
        return json({ ...range, slice, slices: counted })
      },
    },
    {
      method: 'GET',
      path: '/api/v1/events/top',
      access: 'viewer',
      summary: 'the values that occur most; ?field=login|action|category|address|stack, filters, ?limit=',
      parameters: Object.keys(TOP),
      async handle({ query: parameters, signal }) {
        const { field, limit, ...filters } = parametersOf(TOP, parameters)
        const { archive, query } = asked(engine, filters)
        return json({ values: await archive.top(query, field, limit, signal) })
      },
    },
  ]
}

const HISTOGRAM = { ...FILTERS, slices: whole(1, 1_000).default(60) }

const TOP = {
  ...FILTERS,
  field: z.enum(['login', 'action', 'category', 'address', 'stack']),
  limit: whole(1, 100).default(10),
}

/** Bounds that were not given default to the archive's extent, or to the last hour if it is empty. */
async function rangeOf(archive: Archive, { from, to }: EventQuery, signal: AbortSignal) {
  if (from !== undefined && to !== undefined) return { from, to }
  const now = Math.floor(Date.now() / 1000)
  const { oldest = now - 3_600, newest = now } = await archive.extent(signal)
  if (from !== undefined) return { from, to: Math.max(newest, from) + 1 }
  return to === undefined ? { from: oldest, to: newest + 1 } : { from: Math.min(oldest, to - 1), to }
}
