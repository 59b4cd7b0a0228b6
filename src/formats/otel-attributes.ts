/**
 * Attributes of a log record, flat, each key once. Names come from the semantic conventions 1.44 where these have one.
 */
import { jsonText } from '../lib/json-text.ts'
import { actorName } from './csv-columns.ts'
import { isUnixNano } from './event-time.ts'
import { schemaRow } from './schema-table.ts'
import { utf8Text } from './utf8-text.ts'
import { plainOf, type WrittenMembers } from './written-members.ts'

/** `{"key":…,"value":…},…` */
export function recordAttributes(it: WrittenMembers): string {
  const { timestamp, enrichment } = it
  const { geo = {} } = enrichment ?? {}
  const attributes =
    writtenAttribute('log.record.uid', it.uid) +
    writtenAttribute('pulumi.audit.uid', it.uid) +
    writtenAttribute('pulumi.audit.event_id', it.action) +
    writtenAttribute('pulumi.audit.event_title', it.actionName) +
    writtenAttribute('pulumi.audit.source', it.source) +
    writtenAttribute('pulumi.audit.category', it.category) +
    writtenAttribute('pulumi.audit.operation', it.operation) +
    writtenAttribute('pulumi.audit.outcome', it.outcome) +
    stringAttribute('error.type', errorType(it)) +
    flagAttribute('pulumi.audit.auth_failure', it.authFailure) +
    flagAttribute('pulumi.audit.required_org_admin', it.orgAdmin) +
    flagAttribute('pulumi.audit.required_stack_admin', it.stackAdmin) +
    writtenAttribute('user.name', it.login) +
    writtenAttribute('user.full_name', it.name) +
    writtenAttribute('user.email', it.email) +
    writtenAttribute('client.address', it.sourceIp) +
    writtenAttribute('pulumi.audit.actor.type', it.actorType) +
    stringAttribute('pulumi.audit.actor.name', actorName(it)) +
    writtenAttribute('pulumi.audit.actor.urn', it.urn) +
    writtenAttribute('pulumi.audit.actor.avatar_url', it.avatarUrl) +
    writtenAttribute('pulumi.audit.token.id', it.tokenId) +
    writtenAttribute('pulumi.audit.token.name', it.tokenName) +
    writtenAttribute('pulumi.audit.target.type', it.targetType) +
    writtenAttribute('pulumi.audit.target.name', it.targetName) +
    writtenAttribute('pulumi.audit.target.project', it.project) +
    writtenAttribute('pulumi.audit.target.stack', it.stack) +
    writtenAttribute('pulumi.audit.target.update_id', it.updateId) +
    writtenAttribute('pulumi.audit.target.user', it.targetUser) +
    writtenAttribute('pulumi.audit.target.role', it.role) +
    stringAttribute('pulumi.audit.timestamp', isUnixNano(timestamp) ? undefined : String(timestamp)) +
    stringAttribute('geo.country.iso_code', geo.country) +
    stringAttribute('geo.locality.name', geo.city) +
    stringAttribute('pulumi.audit.enrichment', enrichment && jsonText(enrichment)) +
    stringAttribute('log.record.original', it.record())
  return attributes.slice(1)
}

/** Preceded by a comma; empty for an absent or empty text. `key` needs no escaping. */
export function stringAttribute(key: string, text: string | undefined): string {
  const value = utf8Text(text)
  return value === undefined ? '' : writtenAttribute(key, JSON.stringify(value))
}

/** The same for a text that is already JSON. */
function writtenAttribute(key: string, json: string | undefined): string {
  return json === undefined ? '' : `,{"key":"${key}","value":{"stringValue":${json}}}`
}

function flagAttribute(key: string, flag: string): string {
  return `,{"key":"${key}","value":{"boolValue":${flag}}}`
}

/** One of a few values, as the conventions require; `_OTHER` is theirs. */
function errorType({ action, operation, outcome, authFailure }: WrittenMembers): string | undefined {
  if (outcome !== '"failure"') return undefined
  if (action !== undefined && schemaRow(plainOf(action))?.udm === 'USER_LOGIN') return 'authentication_failed'
  return operation === '"denied"' || authFailure === 'true' ? 'authorization_denied' : '_OTHER'
}
