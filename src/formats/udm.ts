/**
 * An event of Google's Unified Data Model in API form: names in lowerCamelCase, enumerators by name, as the Chronicle
 * API takes it in `inline_source.events[].udm`. Fields, lengths and nouns follow the UDM usage guide and field list
 * (cloud.google.com/chronicle/docs/unified-data-model).
 */
import { jsonText } from '../lib/json-text.ts'
import { isAddress } from './address.ts'
import { actorName } from './csv-columns.ts'
import { eventTime, isCalendarTime, observedTime } from './event-time.ts'
import type { LineFormat } from './format.ts'
import { jsonMember, objectOf, textMember } from './json-members.ts'
import { catalogueEntry, schemaRow } from './schema-table.ts'
import { hasNouns, nounMember, principalOf, targetOf } from './udm-nouns.ts'
import { withinBytes } from './utf8-text.ts'
import {
  EMPTY,
  membersOfLine,
  plainOf,
  utf8Json,
  utf8MembersOf,
  type WrittenMembers,
} from './written-members.ts'

export const udm: LineFormat = {
  name: 'udm',
  contentType: 'application/json',
  extension: 'ndjson',
  lineEnd: '\n',
  encode(event) {
    const members = utf8MembersOf(event)
    return write(members, cutOf(members))
  },
  encodeLine(line) {
    const members = membersOfLine(line)
    return members && fits(members) ? write(members, members) : undefined
  },
}

/** `cut`: what is short enough for the metadata. */
function write(it: WrittenMembers, cut: Cut): string {
  const action = plainOf(it.action)
  const type = schemaRow(action)?.udm ?? GENERIC
  const actor = utf8Json(actorName(it))
  const principal = principalOf(it, actor)
  const target = targetOf(it, type, catalogueEntry(action)?.object)
  const isComplete = hasNouns(type, principal, target)
  return (
    `{"metadata":${metadataOf(it, cut, isComplete ? type : GENERIC)}` +
    nounMember('principal', principal) +
    nounMember('target', target) +
    resultMember(it, type) +
    (isComplete && type === LOGIN ? ',"extensions":{"auth":{"type":"AUTHTYPE_UNSPECIFIED"}}' : '') +
    additionalMember(it, cut, actor) +
    '}'
  )
}

const LOGIN = 'USER_LOGIN'
/** For an unknown event, and for one without the nouns that its own type requires, which would be refused. */
const GENERIC = 'GENERIC_EVENT'

/** Bytes of UTF-8, from the usage guide's "Population of Event metadata". The API decides on longer ones. */
const PRODUCT_EVENT_TYPE_BYTES = 64
const DESCRIPTION_BYTES = 1_024

type Cut = Pick<WrittenMembers, 'action' | 'description'>

/** For members whose characters are bytes: neither needs cutting. */
function fits({ action = EMPTY, description = EMPTY }: Cut): boolean {
  return action.length <= PRODUCT_EVENT_TYPE_BYTES && description.length <= DESCRIPTION_BYTES
}

function cutOf({ action, description }: Cut): Cut {
  return {
    action: action && within(action, PRODUCT_EVENT_TYPE_BYTES),
    description: description && within(description, DESCRIPTION_BYTES),
  }
}

function metadataOf(it: WrittenMembers, cut: Cut, eventType: string): string {
  const { uid = EMPTY, organization = EMPTY } = it
  return objectOf(
    textMember('eventTimestamp', eventTime(it)) +
      textMember('collectedTimestamp', observedTime(it)) +
      `,"eventType":"${eventType}","vendorName":"Pulumi","productName":"Pulumi Cloud"` +
      `,"productEventType":${cut.action ?? EMPTY},"productLogId":${uid}` +
      jsonMember('description', cut.description) +
      `,"ingestionLabels":[{"key":"organization","value":${organization}},{"key":"shipper","value":"auditferry"}]`,
  )
}

/** The beginning of a JSON text. What JSON escapes is shorter than its written form. */
function within(json: string, limit: number): string {
  return Buffer.byteLength(json) <= limit ? json : JSON.stringify(withinBytes(plainOf(json), limit))
}

/** Google counts ALLOW as successful, BLOCK and FAIL as failed, and a missing action as neither. */
function resultMember(it: WrittenMembers, type: string): string {
  const isLogin = type === LOGIN
  const isDenied = !isLogin && (it.operation === '"denied"' || it.authFailure === 'true')
  const failed = it.outcome === '"failure"'
  const members =
    (failed && (isLogin || isDenied) ? `,"category":["${isLogin ? 'AUTH' : 'ACL'}_VIOLATION"]` : '') +
    jsonMember('summary', it.actionName) +
    jsonMember('description', it.description) +
    (failed ? `,"action":["${isDenied ? 'BLOCK' : 'FAIL'}"]` : '') +
    (it.outcome === '"success"' ? ',"action":["ALLOW"]' : '') +
    textMember('severity', SEVERITIES[it.severity])
  return `,"securityResult":[${objectOf(members)}]`
}

const SEVERITIES = [undefined, 'INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH']

/** Only texts, and flat: anything else can't be searched by its key. Whatever has a field of its own isn't repeated. */
function additionalMember(it: WrittenMembers, cut: Cut, actor: string | undefined): string {
  const { action, sourceIp, timestamp, enrichment } = it
  const isNoAddress = sourceIp !== undefined && !isAddress(plainOf(sourceIp))
  const members =
    jsonMember('source', it.source) +
    jsonMember('action', cut.action === action ? undefined : action) +
    jsonMember('category', it.category) +
    jsonMember('operation', it.operation) +
    jsonMember('outcome', it.outcome) +
    `,"auth_failure":"${it.authFailure}"` +
    `,"required_org_admin":"${it.orgAdmin}","required_stack_admin":"${it.stackAdmin}"` +
    jsonMember('actor_type', it.actorType) +
    jsonMember('actor_name', actor) +
    jsonMember('actor_urn', it.urn) +
    jsonMember('avatar_url', it.avatarUrl) +
    jsonMember('token_id', it.tokenId) +
    jsonMember('token_name', it.tokenName) +
    jsonMember('source_address', isNoAddress ? sourceIp : undefined) +
    jsonMember('target_type', it.targetType) +
    jsonMember('target_name', it.targetName) +
    jsonMember('target_project', it.project) +
    jsonMember('target_stack', it.stack) +
    jsonMember('target_update_id', it.updateId) +
    jsonMember('target_user', it.targetUser) +
    jsonMember('target_role', it.role) +
    textMember('timestamp', isCalendarTime(timestamp) ? undefined : String(timestamp)) +
    textMember('enrichment', enrichment && jsonText(enrichment))
  // Cutting the whole text would copy the record.
  return `,"additional":{${members.slice(1)}${textMember('raw', it.record())}}`
}
