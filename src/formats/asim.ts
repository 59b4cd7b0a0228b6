/**
 * A row of Microsoft's Advanced Security Information Model: AuditEvent 0.1.2, or Authentication 0.1.4 for logins and
 * refused credentials; `EventSchema` says which. Columns, classes and enumerations follow the schema references
 * (learn.microsoft.com/azure/sentinel/normalization-schema-audit and -authentication, normalization-entity-user).
 */
import type { AuditEvent } from '../event.ts'
import type { CatalogueEntry } from '../normalise/catalogue.ts'
import { isAddress } from './address.ts'
import { additionalFields } from './asim-fields.ts'
import { actorName } from './csv-columns.ts'
import { eventTime } from './event-time.ts'
import type { LineFormat } from './format.ts'
import { objectName } from './object-name.ts'
import { catalogueEntry, schemaRow } from './schema-table.ts'
import { utf8Text } from './utf8-text.ts'

export const asim: LineFormat = {
  name: 'asim',
  contentType: 'application/json',
  extension: 'ndjson',
  lineEnd: '\n',
  encode(event) {
    const type = schemaRow(event.action)?.asim ?? 'Other'
    const row = type === 'Authentication' ? authentication(event) : auditEvent(event, type)
    return `${JSON.stringify(row).slice(0, -1)},"AdditionalFields":${additionalFields(event)}}`
  },
}

function auditEvent(event: AuditEvent, type: string): object {
  const entry = catalogueEntry(event.action)
  const { actor, organization } = event
  const isDenied = event.operation === 'denied' || event.authFailure
  const username = usernameOf(event)
  return {
    ...commonFields(event, type, 'AuditEvent', '0.1.2'),
    EventResultDetails: event.outcome === 'failure' && isDenied ? 'Permission denied' : undefined,
    Operation: event.action.toWellFormed(),
    Object: utf8Text(objectName(event, entry?.object) ?? entry?.object ?? organization),
    ObjectId: utf8Text(event.target?.updateId),
    ObjectType: objectType(entry),
    OriginalObjectType: utf8Text(entry?.object ?? event.target?.type),
    ActorUsername: username,
    ActorUsernameType: usernameType(username),
    ActorUserType: userType(actor),
    ActorOriginalUserType: actor.type,
    ActorScope: utf8Text(organization),
    ...aroundOf(event),
  }
}

/** Whoever logs in is the target; the schema wants an actor only if someone else does it for them. */
function authentication(event: AuditEvent): object {
  const { actor, organization, target } = event
  const username = usernameOf(event)
  const targetUsername = utf8Text(target?.user) ?? username
  const isOther = username !== undefined && username !== targetUsername
  return {
    ...commonFields(event, 'Logon', 'Authentication', '0.1.4'),
    EventResultDetails: event.outcome === 'failure' ? 'Other' : undefined,
    TargetUsername: targetUsername,
    TargetUsernameType: usernameType(targetUsername),
    TargetUserType: isOther ? undefined : userType(actor),
    TargetOriginalUserType: isOther ? undefined : actor.type,
    TargetUserScope: utf8Text(organization),
    ActorUsername: isOther ? username : undefined,
    ActorUsernameType: isOther ? usernameType(username) : undefined,
    ActorUserType: isOther ? userType(actor) : undefined,
    ActorOriginalUserType: isOther ? actor.type : undefined,
    ActorScope: isOther ? utf8Text(organization) : undefined,
    ...aroundOf(event),
  }
}

/** What both schemas say at the end: by which application, on what, from where. */
function aroundOf(event: AuditEvent): object {
  const { country, countryName = country, region, city, latitude, longitude } = event.enrichment?.geo ?? {}
  return {
    ActingAppId: utf8Text(event.actor.urn),
    ActingAppName: utf8Text(actorName(event)),
    TargetAppName: 'Pulumi Cloud',
    TargetAppType: 'SaaS application',
    SrcIpAddr: addressOf(event.sourceIp),
    SrcGeoCountry: countryName,
    SrcGeoRegion: region,
    SrcGeoCity: city,
    SrcGeoLatitude: latitude,
    SrcGeoLongitude: longitude,
  }
}

function commonFields(event: AuditEvent, type: string, schema: string, version: string): object {
  const time = eventTime(event)
  return {
    TimeGenerated: time,
    EventCount: 1,
    EventStartTime: time,
    EventEndTime: time,
    EventType: type,
    EventResult: RESULTS[event.outcome],
    EventSeverity: SEVERITIES[event.severity],
    EventMessage: utf8Text(event.description),
    EventOriginalUid: event.uid,
    EventOriginalType: event.action.toWellFormed(),
    EventProduct: 'Pulumi Cloud',
    EventVendor: 'Pulumi',
    EventSchema: schema,
    EventSchemaVersion: version,
    Dvc: 'Pulumi Cloud',
  }
}

const RESULTS: Record<AuditEvent['outcome'], string> = {
  success: 'Success',
  failure: 'Failure',
  unknown: 'NA',
}
const SEVERITIES = [undefined, 'Informational', 'Low', 'Medium', 'High']
const USER_TYPES: Record<AuditEvent['actor']['type'], string> = {
  user: 'Regular',
  token: 'Service Principal',
  agent: 'Application',
  system: 'System',
}

/** A login next to a token or an agent belongs to the user on whose behalf that acts. */
function userType({ type, login }: AuditEvent['actor']): string {
  return USER_TYPES[login === '' ? type : 'user']
}

/** A display name is used only for a non-human actor, which has no other name. */
function usernameOf({ actor }: AuditEvent): string | undefined {
  return utf8Text(actor.login || (actor.type === 'user' ? undefined : actor.name))
}

function usernameType(username: string | undefined): string | undefined {
  return username === undefined ? undefined : username.includes('@') ? 'UPN' : 'Simple'
}

function addressOf(sourceIp: string | undefined): string | undefined {
  return sourceIp !== undefined && isAddress(sourceIp) ? sourceIp : undefined
}

function objectType(entry: CatalogueEntry | undefined): string {
  if (entry === undefined) return 'Other'
  return POLICIES.has(entry.object) ? 'Policy Rule' : (OBJECT_TYPES.get(entry.kind) ?? 'Other')
}

const POLICIES = new Set(['policy-pack', 'policy-group', 'change-gate', 'oidc-auth-policy'])
const OBJECT_TYPES: ReadonlyMap<string, string> = new Map([
  ['res', 'Cloud Resource'],
  ['secret', 'Cloud Resource'],
  ['rperm', 'Cloud Resource'],
  ['authz', 'Cloud Resource'],
  ['conf', 'Configuration Atom'],
  ['idconf', 'Configuration Atom'],
  ['sched', 'Scheduled Task'],
  ['member', 'Directory Service Object'],
  ['group', 'Directory Service Object'],
  ['role', 'Directory Service Object'],
  ['grant', 'Directory Service Object'],
  ['self', 'Directory Service Object'],
  ['cred', 'Directory Service Object'],
])
