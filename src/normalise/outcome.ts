import type { RecordFields } from '../connector.ts'
import type { Actor, AuditEvent } from '../event.ts'
import type { CatalogueEntry } from './catalogue.ts'

/**
 * Failed if the record says so, if the event means a refusal (`user-login-failed` carries no failure flag), or if its
 * description reports a failure (`environment-rotated` stands for success and failure). Unknown for an unknown event.
 */
export function outcomeOf(
  entry: CatalogueEntry | undefined,
  authFailure: boolean,
  description: string,
): AuditEvent['outcome'] {
  if (authFailure) return 'failure'
  if (entry === undefined) return 'unknown'
  if (entry.operation === 'denied') return 'failure'
  if (entry.failure === 'description' && reportsFailure(description)) return 'failure'
  return 'success'
}

/**
 * Who acted. With a user's access token the actor is still the user; an exchange (SCIM, OIDC) may show no user at all.
 */
export function actorType(record: RecordFields): Actor['type'] {
  if (record.actorUrn !== '') return AGENT.test(record.actorUrn) ? 'agent' : 'token'
  if (record.login !== '' || record.name !== '' || record.tokenName !== '') return 'user'
  return 'system'
}

const AGENT = /(^|[^a-z])(agents?|neo)([^a-z]|$)/i

/**
 * Whether the prose reports a failure: a word in a quoted name, in a path such as `failed-jobs/prod` or in "0 failed"
 * doesn't count.
 */
function reportsFailure(description: string): boolean {
  return FAILURE.test(description.slice(0, 2_000).replace(/"[^"]*"/g, '""'))
}

const FAILURE =
  /(?<![\w/.-]|\b(?:0|no|zero|without) )(?:fail(?:ed|ure|ures|s)?|errors?|unsuccessful(?:ly)?|unable|could not)(?![\w/-])/i
