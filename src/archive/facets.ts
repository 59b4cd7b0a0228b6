/** The members of an event that are searched by exact value. Pure. */
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

/** Like `textOf`, but throws TypeError for a value that no event of ours has, so that one such line can be refused alone. */
export function checkedText(event: Omit<AuditEvent, 'raw'>, facet: TextFacet): string | undefined {
  const text: unknown = textOf(event, facet)
  if (text === undefined || typeof text === 'string') return text
  throw new TypeError(`its ${facet} is no text`)
}

export function checkedSeverity({ severity }: Pick<AuditEvent, 'severity'>): number {
  if (Number.isInteger(severity)) return severity
  throw new TypeError('its severity is no whole number')
}

/** The texts that a query compares exactly. */
export function textsOf(query: EventQuery): [TextFacet, string][] {
  return TEXT_FACETS.flatMap((facet) => {
    const text = query[facet]
    return text === undefined ? [] : [[facet, text] as [TextFacet, string]]
  })
}
