/** Who acted and what was acted on, as nouns of the Unified Data Model, and which of them a type of event asks for. */
import type { AuditEvent } from '../event.ts'
import { isAddress } from './address.ts'
import { actorName } from './csv-columns.ts'
import { objectName } from './object-name.ts'
import { utf8Text } from './utf8-text.ts'

export interface Noun {
  readonly ip?: readonly string[] | undefined
  readonly user?: User | undefined
  readonly application?: string | undefined
  readonly location?: Location | undefined
  readonly resource?: Resource | undefined
  readonly group?: { readonly groupDisplayName: string } | undefined
}

interface User {
  readonly productObjectId?: string | undefined
  readonly userid?: string | undefined
  readonly userDisplayName?: string | undefined
  readonly emailAddresses?: readonly string[] | undefined
  readonly companyName?: string | undefined
  readonly accountType?: 'SERVICE_ACCOUNT_TYPE' | undefined
}

interface Location {
  readonly countryOrRegion?: string | undefined
  readonly state?: string | undefined
  readonly city?: string | undefined
  readonly regionCoordinates?: { readonly latitude: number; readonly longitude: number } | undefined
}

interface Resource {
  readonly name?: string | undefined
  readonly resourceType?: string | undefined
  readonly resourceSubtype: string
  readonly productObjectId?: string | undefined
}

/** Absent when it would name neither a machine nor a user: such a principal is invalid. */
export function principalOf(event: AuditEvent): Noun | undefined {
  const { sourceIp } = event
  const ip = sourceIp !== undefined && isAddress(sourceIp) ? [sourceIp] : undefined
  const user = actorOf(event)
  if (ip === undefined && user === undefined) return undefined
  return {
    ip,
    user,
    application: utf8Text(actorName(event) || event.token?.name),
    location: locationOf(event),
  }
}

function locationOf({ enrichment }: AuditEvent): Location | undefined {
  const { country, countryName = country, region, city, latitude, longitude } = enrichment?.geo ?? {}
  if ((countryName ?? region ?? city) === undefined) return undefined
  const isPlaced = latitude !== undefined && longitude !== undefined
  return {
    countryOrRegion: countryName,
    state: region,
    city,
    regionCoordinates: isPlaced ? { latitude, longitude } : undefined,
  }
}

function actorOf({ actor, organization }: AuditEvent): User | undefined {
  const userid = utf8Text(actor.login)
  const userDisplayName = utf8Text(actor.name)
  const email = utf8Text(actor.email)
  // A login beside a token's or an agent's URN is the user's in whose name it acts.
  const isService = userid === undefined && (actor.type === 'token' || actor.type === 'agent')
  const productObjectId = isService ? utf8Text(actor.urn) : undefined
  if (!(userid || userDisplayName || email || productObjectId)) return undefined
  return {
    productObjectId,
    userid,
    userDisplayName,
    emailAddresses: email === undefined ? undefined : [email],
    companyName: utf8Text(organization),
    accountType: isService ? 'SERVICE_ACCOUNT_TYPE' : undefined,
  }
}

/** `type` as in the schema table; `object` is what the catalogue says that the event is about. */
export function targetOf(event: AuditEvent, type: string, object: string | undefined): Noun {
  const { target, actor } = event
  const isOwnAccount = type === 'USER_LOGIN' || type === 'USER_UNCATEGORIZED'
  const userid = utf8Text(target?.user || (isOwnAccount ? actor.login : undefined))
  const user = userid === undefined ? undefined : { userid }
  const application = 'Pulumi Cloud'
  if (type.startsWith('GROUP_')) {
    const name = object === 'team' ? target?.name : event.organization
    return { user, application, group: name ? { groupDisplayName: name.toWellFormed() } : undefined }
  }
  const isAboutUser = user !== undefined && type.startsWith('USER_') && !type.startsWith('USER_RESOURCE_')
  return { user, application, resource: isAboutUser ? undefined : resourceOf(event, type, object) }
}

function resourceOf(event: AuditEvent, type: string, object: string | undefined): Resource | undefined {
  const subtype = utf8Text(object ?? event.target?.type)
  if (subtype === undefined) return undefined
  return {
    name: utf8Text(objectName(event, object)),
    resourceType: resourceType(type, subtype),
    resourceSubtype: subtype,
    productObjectId: utf8Text(event.target?.updateId),
  }
}

function resourceType(type: string, object: string): string | undefined {
  if (type.startsWith('SETTING_')) return 'SETTING'
  if (type.startsWith('SCHEDULED_TASK_')) return 'TASK'
  return object.startsWith('registry-') ? 'REPOSITORY' : RESOURCE_TYPES.get(object)
}

/** Of `Resource.ResourceType`. For the others it has none that is true. */
const RESOURCE_TYPES: ReadonlyMap<string, string> = new Map([
  ['stack', 'CLOUD_PROJECT'],
  ['stack-secret', 'CLOUD_PROJECT'],
  ['deployment-settings', 'SETTING'],
  ['organization', 'CLOUD_ORGANIZATION'],
  ['role', 'ACCESS_POLICY'],
  ['service-account', 'SERVICE_ACCOUNT'],
  ['org-token', 'CREDENTIAL'],
  ['team-token', 'CREDENTIAL'],
  ['personal-token', 'CREDENTIAL'],
  ['runner-token', 'CREDENTIAL'],
  ['oidc-token', 'CREDENTIAL'],
])

/**
 * Whether an event has what "Required and optional fields by event type" of the usage guide asks of its type. That
 * guide says nothing of GROUP_*: a principal and a group are asked for, as the names of these types suggest.
 */
export function hasNouns(type: string, principal: Noun | undefined, target: Noun): boolean {
  const machine = principal?.ip !== undefined
  const user = principal?.user !== undefined && isIdentified(principal.user)
  const { resource, group } = target
  if (type.startsWith('USER_RESOURCE_')) return user && resource?.name !== undefined
  if (type.startsWith('SETTING_')) return machine && resource !== undefined
  if (type.startsWith('SCHEDULED_TASK_')) return machine && user && resource !== undefined
  if (type.startsWith('GROUP_')) return (machine || user) && group !== undefined
  return machine && target.user !== undefined
}

function isIdentified({ userid, emailAddresses, productObjectId }: User): boolean {
  return (userid ?? emailAddresses ?? productObjectId) !== undefined
}
