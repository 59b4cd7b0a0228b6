/** What of an event is searched for exactly. Pure. */
import type { AuditEvent } from '../event.ts'
import type { EventQuery } from './archive.ts'

/** Members of a query that are compared exactly, and columns of the `events` table. */
export const TEXT_FACETS = [
  'organization',
  'source',
  'login',
  'action',
  'category',
  'operation',
  'outcome',
  'project',
  'stack',
  'address',
] as const

export type TextFacet = (typeof TEXT_FACETS)[number]

export function textOf(event: Omit<AuditEvent, 'raw'>, facet: TextFacet): string | undefined {
  switch (facet) {
    case 'login':
      return event.actor.login
    case 'project':
      return event.target?.project
    case 'stack':
      return event.target?.stack
    case 'address':
      return event.sourceIp
    default:
      return event[facet]
  }
}

/** The texts that a query compares exactly. */
export function textsOf(query: EventQuery): [TextFacet, string][] {
  return TEXT_FACETS.flatMap((facet) => {
    const text = query[facet]
    return text === undefined ? [] : [[facet, text] as [TextFacet, string]]
  })
}
