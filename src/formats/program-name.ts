import type { AuditEvent } from '../event.ts'
import { actorName } from './csv-columns.ts'

type Acting = Pick<AuditEvent, 'raw'> & {
  readonly actor: Readonly<Record<'login' | 'name', string>> & { readonly urn?: string | undefined }
}

/**
 * Which program acted for a user: a deploy token's or an agent's name. A record names it beside the user; the event has
 * it in the user's place when there is no user.
 */
export function programName(event: Acting): string | undefined {
  const { actor } = event
  return actorName(event) || (actor.urn !== undefined && actor.login === '' ? actor.name : undefined)
}
