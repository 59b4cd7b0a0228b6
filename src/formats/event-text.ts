/** Members of an event as single texts, for formats made of keys and values. */
import type { AuditEvent, Target } from '../event.ts'
import { actorName } from './csv-columns.ts'

/** `stack:web/prod`, `org-member:bob`, or only the type if nothing names the target. */
export function targetText(target: Target): string {
  const { type, project, name, stack, user } = target
  const path = [project, name, stack].filter((part) => typeof part === 'string' && part !== '').join('/')
  const named = path === '' ? (user ?? '') : path
  return named === '' ? type : `${type}:${named}`
}

/** The role that the action requires; both, if it ever requires both. */
export function requiredRoles({ required: { orgAdmin, stackAdmin } }: AuditEvent): string | undefined {
  if (orgAdmin) return stackAdmin ? 'OrgAdmin,StackAdmin' : 'OrgAdmin'
  return stackAdmin ? 'StackAdmin' : undefined
}

/** Name of a non-human actor, when `actor.name` is the user's. */
export function agentName(event: AuditEvent): string | undefined {
  const name = actorName(event)
  return name === event.actor.name ? undefined : name
}
