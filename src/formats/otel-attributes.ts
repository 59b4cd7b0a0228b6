/** Attributes of a log record, flat, each key once. Names from the semantic conventions 1.44 where these have one. */
import type { AuditEvent } from '../event.ts'
import { jsonText } from '../lib/json-text.ts'
import { actorName } from './csv-columns.ts'
import { isUnixNano } from './event-time.ts'
import { recordText } from './record-text.ts'
import { schemaRow } from './schema-table.ts'
import { utf8Text } from './utf8-text.ts'

/** `{"key":…,"value":…},…` */
export function recordAttributes(event: AuditEvent): string {
  const { actor, required, token, target, timestamp } = event
  const { geo = {} } = event.enrichment ?? {}
  const attributes =
    stringAttribute('log.record.uid', event.uid) +
    stringAttribute('pulumi.audit.uid', event.uid) +
    stringAttribute('pulumi.audit.event_id', event.action) +
    stringAttribute('pulumi.audit.event_title', event.actionName) +
    stringAttribute('pulumi.audit.source', event.source) +
    stringAttribute('pulumi.audit.category', event.category) +
    stringAttribute('pulumi.audit.operation', event.operation) +
    stringAttribute('pulumi.audit.outcome', event.outcome) +
    stringAttribute('error.type', errorType(event)) +
    flagAttribute('pulumi.audit.auth_failure', event.authFailure) +
    flagAttribute('pulumi.audit.required_org_admin', required.orgAdmin) +
    flagAttribute('pulumi.audit.required_stack_admin', required.stackAdmin) +
    stringAttribute('user.name', actor.login) +
    stringAttribute('user.full_name', actor.name) +
    stringAttribute('user.email', actor.email) +
    stringAttribute('client.address', event.sourceIp) +
    stringAttribute('pulumi.audit.actor.type', actor.type) +
    stringAttribute('pulumi.audit.actor.name', actorName(event)) +
    stringAttribute('pulumi.audit.actor.urn', actor.urn) +
    stringAttribute('pulumi.audit.actor.avatar_url', actor.avatarUrl) +
    stringAttribute('pulumi.audit.token.id', token?.id) +
    stringAttribute('pulumi.audit.token.name', token?.name) +
    stringAttribute('pulumi.audit.target.type', target?.type) +
    stringAttribute('pulumi.audit.target.name', target?.name) +
    stringAttribute('pulumi.audit.target.project', target?.project) +
    stringAttribute('pulumi.audit.target.stack', target?.stack) +
    stringAttribute('pulumi.audit.target.update_id', target?.updateId) +
    stringAttribute('pulumi.audit.target.user', target?.user) +
    stringAttribute('pulumi.audit.target.role', target?.role) +
    stringAttribute('pulumi.audit.timestamp', isUnixNano(timestamp) ? undefined : String(timestamp)) +
    stringAttribute('geo.country.iso_code', geo.country) +
    stringAttribute('geo.locality.name', geo.city) +
    stringAttribute('pulumi.audit.enrichment', event.enrichment && jsonText(event.enrichment)) +
    stringAttribute('log.record.original', recordText(event))
  return attributes.slice(1)
}

/** With a comma in front; nothing for an absent or empty text. `key` needs no escaping. */
export function stringAttribute(key: string, text: string | undefined): string {
  const value = utf8Text(text)
  return value === undefined ? '' : `,{"key":"${key}","value":{"stringValue":${JSON.stringify(value)}}}`
}

function flagAttribute(key: string, flag: boolean): string {
  return `,{"key":"${key}","value":{"boolValue":${flag}}}`
}

/** Of few values, as the conventions ask; `_OTHER` is theirs. */
function errorType({ action, operation, outcome, authFailure }: AuditEvent): string | undefined {
  if (outcome !== 'failure') return undefined
  if (schemaRow(action)?.udm === 'USER_LOGIN') return 'authentication_failed'
  return operation === 'denied' || authFailure ? 'authorization_denied' : '_OTHER'
}
