/** Whether an event matches a query, for events that arrive while somebody watches. Pure. */
import type { AuditEvent } from '../event.ts'
import type { EventQuery } from './archive.ts'
import { textOf, textsOf } from './facets.ts'
import { wantedWords, wordsOfEvent } from './words.ts'

export function createMatcher(query: EventQuery): (event: AuditEvent) => boolean {
  const texts = textsOf(query)
  const wanted = wantedWords(query.text)
  if (wanted === undefined) return () => false
  const { from = -Infinity, to = Infinity, severity = 0 } = query
  return (event) => {
    const { timestamp } = event
    if (timestamp < from || timestamp >= to || event.severity < severity) return false
    if (!texts.every(([facet, text]) => textOf(event, facet) === text)) return false
    return hasWords(event, wanted)
  }
}

/** Whether each of these is the beginning of some word of the event. */
export function hasWords(event: AuditEvent, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true
  const words = [...wordsOfEvent(event)]
  return wanted.every((start) => words.some((word) => word.startsWith(start)))
}
