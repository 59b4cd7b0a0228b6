import type { AuditEvent } from '../event.ts'
import { actorName, userName } from '../formats/csv-columns.ts'

/**
 * An entry of `auditLogEvents`, https://www.pulumi.com/docs/administration/reference/audit-log-formats/: flags that
 * are false and texts that are empty are left out, but for those that every entry has.
 */
export function entryOf(event: AuditEvent): object {
  const { actor, token, required } = event
  const agent = actorName(event)
  return {
    timestamp: event.timestamp,
    sourceIP: event.sourceIp ?? '',
    event: event.action,
    description: event.description,
    user: {
      name: userName(event),
      githubLogin: actor.login,
      avatarUrl: actor.avatarUrl ?? '',
      ...(actor.email && { email: actor.email }),
    },
    ...(token?.id && { tokenID: token.id }),
    ...(token?.name && { tokenName: token.name }),
    ...(required.orgAdmin && { reqOrgAdmin: true }),
    ...(required.stackAdmin && { reqStackAdmin: true }),
    ...(event.authFailure && { authFailure: true }),
    ...(agent && { actorName: agent }),
    ...(actor.urn && { actorUrn: actor.urn }),
  }
}
