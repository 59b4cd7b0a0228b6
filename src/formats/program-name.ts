import type { AuditEvent } from '../event.ts'

/**
 * Which program acted for a user: a deploy token's or an agent's name. A record names it beside the user; the event has
 * it in the user's place when there is no user.
 */
export function programName({ actor, raw }: AuditEvent): string | undefined {
  if (typeof raw === 'object' && raw !== null) {
    const { actorName, ActorName = actorName } = raw as Record<string, unknown>
    if (typeof ActorName === 'string' && ActorName !== '') return ActorName
  }
  return actor.urn !== undefined && actor.login === '' ? actor.name : undefined
}
