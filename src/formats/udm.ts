/**
 * An event of Google's Unified Data Model in API form: names in lowerCamelCase, enumerators by name, as the Chronicle
 * API takes it in `inline_source.events[].udm`. Fields, lengths and nouns follow the UDM usage guide and field list
 * (cloud.google.com/chronicle/docs/unified-data-model).
 */
import type { AuditEvent } from '../event.ts'
import { jsonText } from '../lib/json-text.ts'
import { isAddress } from './address.ts'
import { actorName } from './csv-columns.ts'
import { eventTime, isCalendarTime, observedTime } from './event-time.ts'
import type { LineFormat } from './format.ts'
import { recordText } from './record-text.ts'
import { catalogueEntry, schemaRow } from './schema-table.ts'
import { hasNouns, principalOf, targetOf } from './udm-nouns.ts'
import { utf8Text, withinBytes } from './utf8-text.ts'

export const udm: LineFormat = {
  name: 'udm',
  contentType: 'application/json',
  extension: 'ndjson',
  lineEnd: '\n',
  encode: (event) => JSON.stringify(udmEvent(event)),
}

function udmEvent(event: AuditEvent): object {
  const type = schemaRow(event.action)?.udm ?? GENERIC
  const object = catalogueEntry(event.action)?.object
  const principal = principalOf(event)
  const target = targetOf(event, type, object)
  const isComplete = hasNouns(type, principal, target)
  return {
    metadata: metadataOf(event, isComplete ? type : GENERIC),
    principal,
    target,
    securityResult: [resultOf(event, type)],
    extensions: isComplete && type === LOGIN ? { auth: { type: 'AUTHTYPE_UNSPECIFIED' } } : undefined,
    additional: additionalOf(event),
  }
}

const LOGIN = 'USER_LOGIN'
/** Of an unknown event, and of one without the nouns that its own type asks for: that would be refused. */
const GENERIC = 'GENERIC_EVENT'

/** Bytes of UTF-8, by the usage guide's "Population of Event metadata". The API has the last word on a longer one. */
const PRODUCT_EVENT_TYPE_BYTES = 64
const DESCRIPTION_BYTES = 1_024

function metadataOf(event: AuditEvent, eventType: string): object {
  const description = utf8Text(event.description)
  return {
    eventTimestamp: eventTime(event),
    collectedTimestamp: observedTime(event),
    eventType,
    vendorName: 'Pulumi',
    productName: 'Pulumi Cloud',
    productEventType: productEventType(event),
    productLogId: event.uid,
    description: description && withinBytes(description, DESCRIPTION_BYTES),
    ingestionLabels: [
      { key: 'organization', value: event.organization.toWellFormed() },
      { key: 'shipper', value: 'auditferry' },
    ],
  }
}

function productEventType({ action }: AuditEvent): string {
  return withinBytes(action.toWellFormed(), PRODUCT_EVENT_TYPE_BYTES)
}

/** Google counts ALLOW as successful, BLOCK and FAIL as failed, and an absent action as neither. */
function resultOf(event: AuditEvent, type: string): object {
  const isLogin = type === LOGIN
  const isDenied = !isLogin && (event.operation === 'denied' || event.authFailure)
  const failed = event.outcome === 'failure'
  return {
    category: failed && (isLogin || isDenied) ? [isLogin ? 'AUTH_VIOLATION' : 'ACL_VIOLATION'] : undefined,
    summary: utf8Text(event.actionName),
    description: utf8Text(event.description),
    action: failed ? [isDenied ? 'BLOCK' : 'FAIL'] : event.outcome === 'success' ? ['ALLOW'] : undefined,
    severity: SEVERITIES[event.severity],
  }
}

const SEVERITIES = [undefined, 'INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH']

/** Texts alone, and flat: what isn't can't be searched by its key. Whatever has a field of its own isn't repeated. */
function additionalOf(event: AuditEvent): object {
  const { actor, required, token, target, sourceIp, action, timestamp } = event
  return {
    source: utf8Text(event.source),
    action: productEventType(event) === action ? undefined : action.toWellFormed(),
    category: utf8Text(event.category),
    operation: event.operation,
    outcome: event.outcome,
    auth_failure: String(event.authFailure),
    required_org_admin: String(required.orgAdmin),
    required_stack_admin: String(required.stackAdmin),
    actor_type: actor.type,
    actor_name: utf8Text(actorName(event)),
    actor_urn: utf8Text(actor.urn),
    avatar_url: utf8Text(actor.avatarUrl),
    token_id: utf8Text(token?.id),
    token_name: utf8Text(token?.name),
    source_address: sourceIp && !isAddress(sourceIp) ? sourceIp.toWellFormed() : undefined,
    target_type: utf8Text(target?.type),
    target_name: utf8Text(target?.name),
    target_project: utf8Text(target?.project),
    target_stack: utf8Text(target?.stack),
    target_update_id: utf8Text(target?.updateId),
    target_user: utf8Text(target?.user),
    target_role: utf8Text(target?.role),
    timestamp: isCalendarTime(timestamp) ? undefined : String(timestamp),
    enrichment: event.enrichment && jsonText(event.enrichment),
    raw: recordText(event),
  }
}
