/** A dead letter as people and scripts see it: over HTTP, in `dead-letters --json` and in exports. */
import { z } from 'zod'
import { jsonText } from '../lib/json-text.ts'
import type { DeadLetter, DeadLetterQuery } from '../spool/store.ts'

const deadLetterJson = z.object({
  id: z.string(),
  sink: z.string(),
  source: z.string(),
  uid: z.string(),
  /** RFC 3339. */
  at: z.string(),
  attempts: z.number(),
  reason: z.string(),
  answer: z.string(),
  state: z.enum(['parked', 'queued', 'replay']),
  event: z.unknown(),
  /** Why there is neither event nor answer: it can't be decrypted. */
  unreadable: z.string().exactOptional(),
})

export type DeadLetterJson = z.infer<typeof deadLetterJson>

export function deadLetterToJson(letter: DeadLetter): DeadLetterJson {
  const { id, sink, source, uid, attempts, reason, answer, state, event, unreadable } = letter
  const at = new Date(letter.at).toISOString()
  const known = { id, sink, source, uid, at, attempts, reason }
  if (unreadable !== undefined) return { ...known, answer: '', state, event: null, unreadable }
  return { ...known, answer, state, event: JSON.parse(event) }
}

/** Throws when `value` is not a dead letter. */
export function deadLetterFromJson(value: unknown): DeadLetter {
  const letter = deadLetterJson.parse(value)
  return { ...letter, at: Date.parse(letter.at), event: jsonText(letter.event) ?? 'null' }
}

/** What a retry or a drop selects; says so explicitly if every dead letter is meant. */
export function selectionToJson(query: DeadLetterQuery): object {
  return query.sink === undefined && query.ids === undefined ? { ...query, all: true } : query
}
