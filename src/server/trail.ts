/** Records who did what here, before it is answered, and shows it. */
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { z } from 'zod'
import type { Store } from '../spool/store.ts'
import { shortDetails } from '../trail/details.ts'
import type { TrailEntry } from '../trail/trail.ts'
import { checked } from './checked.ts'
import { parametersOf, whole } from './parameters.ts'
import { type Caller, json, type Route } from './route.ts'

export interface Deed extends Pick<TrailEntry, 'address' | 'action' | 'outcome' | 'details'> {
  /** Absent for somebody who was not let in. */
  readonly caller?: Caller
  /** Nothing was tried. */
  readonly refused?: true
}

export type RecordDeed = (deed: Deed) => Promise<void>

/**
 * How many refused logins, and refused requests per user, are recorded in an hour: a caller who guesses, or keeps asking
 * for what is not allowed, must not push the deeds of others out of the trail.
 */
const REFUSALS = { points: 20, duration: 3_600 }

export function createRecord(store: Pick<Store, 'appendTrail'>, now: () => number): RecordDeed {
  const refusals = new RateLimiterMemory(REFUSALS)
  const isOneMore = (key: string) =>
    refusals.consume(key).then(
      () => true,
      () => false,
    )
  return async ({ caller, address, action, outcome, details, refused }) => {
    if (refused && !(await isOneMore(`refused ${caller?.name ?? ''}`))) return
    if (!refused && caller === undefined && !(await isOneMore(action))) return
    const who = { user: caller?.name ?? '', role: caller?.role ?? ('' as const) }
    await store.appendTrail({ at: now(), ...who, address, action, outcome, details })
  }
}

export function trailRoutes(store: Pick<Store, 'trail'>, record: RecordDeed): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/trail',
      access: 'operator',
      summary: 'who did what here, newest first; ?limit= ?before= (the `at` of an entry)',
      parameters: Object.keys(LIST),
      async handle({ query }) {
        const { limit, before } = parametersOf(LIST, query)
        const entries = await store.trail({ limit, ...(before !== undefined && { before }) })
        return json({ entries: entries.map((it) => ({ ...it, at: new Date(it.at).toISOString() })) })
      },
    },
    {
      method: 'POST',
      path: '/api/v1/trail',
      access: 'operator',
      summary:
        'writes down what a command did beside the engine: {"action": "sink-tested" or "events-exported", "outcome": …, "details": {…}}',
      async handle({ body, caller, address }) {
        const { details, ...deed } = checked(COMMAND_DEED, body)
        const short = shortDetails(Object.entries(details))
        await record({ ...deed, address, ...(caller && { caller }), details: short })
        return json({ told: true })
      },
    },
  ]
}

/** What a command may record, and nothing else: the engine records its own deeds. */
const COMMAND_DEED = z.strictObject({
  action: z.enum(['sink-tested', 'events-exported']),
  outcome: z.enum(['success', 'failure']),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .refine((it) => Object.keys(it).length <= 20, 'holds more than 20 members'),
})

const LIST = {
  limit: whole(1, 1_000).default(100),
  before: z.iso
    .datetime({ offset: true, error: 'expected the `at` of an entry: 2026-11-25T10:00:00.000Z' })
    .transform((text) => Date.parse(text))
    .exactOptional(),
}
