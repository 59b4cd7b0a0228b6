/** `AdditionalFields` of an ASIM row: whatever has no column of its own. */
import type { AuditEvent } from '../event.ts'
import { jsonText } from '../lib/json-text.ts'
import { isAddress } from './address.ts'
import { recordText } from './record-text.ts'
import { utf8Text } from './utf8-text.ts'

/**
 * Azure Monitor cuts a field here, and what is left of a dynamic field is no longer JSON (Logs Ingestion API, limits).
 */
const FIELD_BYTES = 65_536

/** As JSON. `Raw` is the record as text; it is left out if it would make the field too long. */
export function additionalFields(event: AuditEvent): string {
  const fields = JSON.stringify(fieldsOf(event))
  const raw = recordText(event)
  if (raw === undefined || raw.length > FIELD_BYTES) return fields
  const withRaw = `${fields.slice(0, -1)},"Raw":${JSON.stringify(raw)}}`
  return Buffer.byteLength(withRaw) > FIELD_BYTES ? fields : withRaw
}

function fieldsOf(event: AuditEvent): object {
  const { actor, token, target, sourceIp, required } = event
  return {
    Source: utf8Text(event.source),
    Organization: utf8Text(event.organization),
    Timestamp: Number.isFinite(event.timestamp) ? event.timestamp : undefined,
    ObservedAt: event.observedAt,
    ActionName: utf8Text(event.actionName),
    Category: utf8Text(event.category),
    ActionOperation: event.operation,
    AuthFailure: event.authFailure,
    RequiredOrgAdmin: required.orgAdmin,
    RequiredStackAdmin: required.stackAdmin,
    ActorDisplayName: utf8Text(actor.name),
    ActorEmail: utf8Text(actor.email),
    ActorAvatarUrl: utf8Text(actor.avatarUrl),
    TokenId: utf8Text(token?.id),
    TokenName: utf8Text(token?.name),
    SourceAddress: sourceIp && !isAddress(sourceIp) ? sourceIp.toWellFormed() : undefined,
    TargetType: utf8Text(target?.type),
    TargetName: utf8Text(target?.name),
    TargetProject: utf8Text(target?.project),
    TargetStack: utf8Text(target?.stack),
    TargetUpdateId: utf8Text(target?.updateId),
    TargetUser: utf8Text(target?.user),
    TargetRole: utf8Text(target?.role),
    Enrichment: event.enrichment && jsonText(event.enrichment),
  }
}
