/**
 * Who acted, and from where, as OCSF objects: `objects/actor.json`, `user.json`, `session.json`,
 * `network_endpoint.json` of the schema.
 */
import type { AuditEvent } from '../event.ts'
import { jsonMember, objectMember, textMember } from './json-members.ts'
import { hasUser, type OcsfVersion } from './ocsf-classes.ts'
import { programName } from './program-name.ts'
import { plainOf, type WrittenMembers } from './written-members.ts'

/** The schema's type `email_t`, loosely. A hashed or masked address doesn't match. */
const EMAIL = /^[^\s@]+@[^\s@]+$/

export function emailOf({ email }: WrittenMembers): string | undefined {
  return email !== undefined && EMAIL.test(plainOf(email)) ? email : undefined
}

/** Takes bytes as characters: a single byte of a character beyond ASCII may look like a space. */
export function isEmailAscii({ email = '' }: WrittenMembers): boolean {
  return !/[\x80-\xff]/.test(email)
}

/** `,"user":{…}`; empty for an actor without login and name, since a user must have one of them. */
export function userMember(it: WrittenMembers, version: OcsfVersion): string {
  if (!hasUser(it)) return ''
  const { login, name, actorType = '', organization } = it
  return objectMember(
    'user',
    jsonMember('name', login ?? name) +
      jsonMember('full_name', name) +
      (version === '1.3.0' ? '' : jsonMember('display_name', name)) +
      jsonMember('email_addr', emailOf(it)) +
      (USER_TYPE[version === '1.3.0' ? 'before16' : 'now'][actorType] ?? '') +
      objectMember('org', jsonMember('name', organization)),
  )
}

/** `Service` exists since 1.6. */
const USER_TYPE = {
  now: typed({ user: [1, 'User'], token: [4, 'Service'], agent: [4, 'Service'], system: [3, 'System'] }),
  before16: typed({ user: [1, 'User'], token: [3, 'System'], agent: [3, 'System'], system: [3, 'System'] }),
}

type ActorType = AuditEvent['actor']['type']

/** Keyed by the type as JSON. */
function typed(types: Record<ActorType, readonly [number, string]>): Partial<Record<string, string>> {
  const members = Object.entries(types).map(([type, [id, name]]) => [
    JSON.stringify(type),
    `,"type_id":${id},"type":"${name}"`,
  ])
  return Object.fromEntries(members)
}

/** `,"actor":{…}`; empty if the event names nobody. */
export function actorMember(it: WrittenMembers, user: string): string {
  return objectMember(
    'actor',
    user +
      objectMember('session', jsonMember('credential_uid', it.tokenId)) +
      jsonMember('app_name', programName(it)) +
      jsonMember('app_uid', it.urn),
  )
}

/** `,"src_endpoint":{…}`. A text that isn't an address is used as a name. */
export function sourceMember({ sourceIp, enrichment }: WrittenMembers, isIp: boolean): string {
  if (sourceIp === undefined) return ''
  const { country, region, city } = enrichment?.geo ?? {}
  return objectMember(
    'src_endpoint',
    jsonMember(isIp ? 'ip' : 'name', sourceIp) +
      objectMember(
        'location',
        textMember('country', country) + textMember('region', region) + textMember('city', city),
      ),
  )
}
