/** Who acted and what was acted on, as nouns of the Unified Data Model, and which of them an event type requires. */
import type { Enrichment } from '../event.ts'
import { isAddress } from './address.ts'
import { jsonMember, listMember, objectMember, textMember } from './json-members.ts'
import { objectName } from './object-name.ts'
import { plainOf, utf8Json, type WrittenMembers } from './written-members.ts'

/** Texts are JSON, and absent if empty. */
interface Noun {
  readonly ip?: string | undefined
  readonly user?: User | undefined
  readonly application?: string | undefined
  readonly location?: string | undefined
  readonly resource?: Resource | undefined
  readonly group?: string | undefined
}

interface User {
  readonly productObjectId?: string | undefined
  readonly userid?: string | undefined
  readonly userDisplayName?: string | undefined
  readonly email?: string | undefined
  readonly companyName?: string | undefined
  readonly accountType?: 'SERVICE_ACCOUNT_TYPE' | undefined
}

interface Resource {
  readonly name?: string | undefined
  readonly resourceType?: string | undefined
  readonly resourceSubtype: string
  readonly productObjectId?: string | undefined
}

/** `,"key":{…}` */
export function nounMember(key: string, noun: Noun | undefined): string {
  if (noun === undefined) return ''
  const { ip, user, application, location, resource, group } = noun
  return objectMember(
    key,
    listMember('ip', ip === undefined ? [] : [ip]) +
      (user === undefined ? '' : userMember(user)) +
      jsonMember('application', application) +
      jsonMember('location', location) +
      (resource === undefined ? '' : resourceMember(resource)) +
      objectMember('group', jsonMember('groupDisplayName', group)),
  )
}

function userMember({ productObjectId, userid, userDisplayName, email, companyName, accountType }: User) {
  return objectMember(
    'user',
    jsonMember('productObjectId', productObjectId) +
      jsonMember('userid', userid) +
      jsonMember('userDisplayName', userDisplayName) +
      listMember('emailAddresses', email === undefined ? [] : [email]) +
      jsonMember('companyName', companyName) +
      textMember('accountType', accountType),
  )
}

function resourceMember({ name, resourceType, resourceSubtype, productObjectId }: Resource): string {
  return objectMember(
    'resource',
    jsonMember('name', name) +
      textMember('resourceType', resourceType) +
      jsonMember('resourceSubtype', resourceSubtype) +
      jsonMember('productObjectId', productObjectId),
  )
}

/** Absent if it would name neither a machine nor a user: such a principal is invalid. */
export function principalOf(it: WrittenMembers, actor: string | undefined): Noun | undefined {
  const ip = it.sourceIp !== undefined && isAddress(plainOf(it.sourceIp)) ? it.sourceIp : undefined
  const user = actorOf(it)
  if (ip === undefined && user === undefined) return undefined
  return { ip, user, application: actor ?? it.tokenName, location: locationOf(it.enrichment) }
}

function locationOf({ geo = {} }: Enrichment = {}): string | undefined {
  const { country, countryName = country, region, city, latitude, longitude } = geo
  if ((countryName ?? region ?? city) === undefined) return undefined
  const isPlaced = latitude !== undefined && longitude !== undefined
  return JSON.stringify({
    countryOrRegion: countryName,
    state: region,
    city,
    regionCoordinates: isPlaced ? { latitude, longitude } : undefined,
  })
}

function actorOf(it: WrittenMembers): User | undefined {
  const { login: userid, name: userDisplayName, email, actorType } = it
  // A login next to the URN of a token or an agent belongs to the user on whose behalf that acts.
  const isService = userid === undefined && (actorType === '"token"' || actorType === '"agent"')
  const productObjectId = isService ? it.urn : undefined
  if ((userid ?? userDisplayName ?? email ?? productObjectId) === undefined) return undefined
  return {
    productObjectId,
    userid,
    userDisplayName,
    email,
    companyName: it.organization,
    accountType: isService ? 'SERVICE_ACCOUNT_TYPE' : undefined,
  }
}

/** `type` as in the schema table; `object` is what the event is about according to the catalogue. */
export function targetOf(it: WrittenMembers, type: string, object: string | undefined): Noun {
  const isOwnAccount = type === 'USER_LOGIN' || type === 'USER_UNCATEGORIZED'
  const userid = it.targetUser ?? (isOwnAccount ? it.login : undefined)
  const user = userid === undefined ? undefined : { userid }
  const application = '"Pulumi Cloud"'
  if (type.startsWith('GROUP_')) {
    return { user, application, group: object === 'team' ? it.targetName : it.organization }
  }
  const isAboutUser = user !== undefined && type.startsWith('USER_') && !type.startsWith('USER_RESOURCE_')
  return { user, application, resource: isAboutUser ? undefined : resourceOf(it, type, object) }
}

function resourceOf(it: WrittenMembers, type: string, object: string | undefined): Resource | undefined {
  const subtype = object ?? (it.targetType && plainOf(it.targetType))
  if (subtype === undefined) return undefined
  return {
    name: utf8Json(objectName(namesOf(it), object)),
    resourceType: resourceType(type, subtype),
    resourceSubtype: JSON.stringify(subtype),
    productObjectId: it.updateId,
  }
}

function namesOf({ organization, project, stack, targetName, targetUser }: WrittenMembers) {
  const plain = (json: string | undefined) => json && plainOf(json)
  const target = {
    project: plain(project),
    stack: plain(stack),
    name: plain(targetName),
    user: plain(targetUser),
  }
  return { organization: plain(organization) ?? '', target }
}

function resourceType(type: string, object: string): string | undefined {
  if (type.startsWith('SETTING_')) return 'SETTING'
  if (type.startsWith('SCHEDULED_TASK_')) return 'TASK'
  return object.startsWith('registry-') ? 'REPOSITORY' : RESOURCE_TYPES.get(object)
}

/** Names of `Resource.ResourceType`. It has no fitting one for the other objects. */
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
 * Whether an event has what "Required and optional fields by event type" in the usage guide requires of its type. The
 * guide says nothing about GROUP_*: a principal and a group are required here, as the names of these types suggest.
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

function isIdentified({ userid, email, productObjectId }: User): boolean {
  return (userid ?? email ?? productObjectId) !== undefined
}
