/** Who acted, and from where, as objects of OCSF: `objects/actor.json`, `user.json`, `session.json`, `network_endpoint.json` of the schema. */
import type { AuditEvent } from '../event.ts'
import { isAddress } from './address.ts'
import { objectMember, textMember } from './json-members.ts'
import { hasUser, type OcsfVersion } from './ocsf-classes.ts'
import { programName } from './program-name.ts'

/** Type `email_t` of the schema, loosely. A hashed or masked address is none. */
const EMAIL = /^[^\s@]+@[^\s@]+$/

export function emailOf({ email }: AuditEvent['actor']): string | undefined {
  return email !== undefined && EMAIL.test(email) ? email : undefined
}

/** `,"user":{…}`; nothing for an actor without login and name, since a user must have one. */
export function userMember(event: AuditEvent, version: OcsfVersion): string {
  const { actor } = event
  if (!hasUser(actor)) return ''
  return objectMember(
    'user',
    textMember('name', actor.login === '' ? actor.name : actor.login) +
      textMember('full_name', actor.name) +
      (version === '1.3.0' ? '' : textMember('display_name', actor.name)) +
      textMember('email_addr', emailOf(actor)) +
      USER_TYPE[version === '1.3.0' ? 'before16' : 'now'][actor.type] +
      objectMember('org', textMember('name', event.organization)),
  )
}

/** `Service` came with 1.6. */
const USER_TYPE = {
  now: typed({ user: [1, 'User'], token: [4, 'Service'], agent: [4, 'Service'], system: [3, 'System'] }),
  before16: typed({ user: [1, 'User'], token: [3, 'System'], agent: [3, 'System'], system: [3, 'System'] }),
}

type ActorType = AuditEvent['actor']['type']

function typed(types: Record<ActorType, readonly [number, string]>): Record<ActorType, string> {
  const members = Object.entries(types).map(([type, [id, name]]) => [
    type,
    `,"type_id":${id},"type":"${name}"`,
  ])
  return Object.fromEntries(members) as Record<ActorType, string>
}

/** `,"actor":{…}`; nothing when the event names nobody. */
export function actorMember(event: AuditEvent, user: string): string {
  const session = event.token === undefined ? '' : textMember('credential_uid', event.token.id)
  return objectMember(
    'actor',
    user +
      objectMember('session', session) +
      textMember('app_name', programName(event)) +
      textMember('app_uid', event.actor.urn),
  )
}

/** `,"src_endpoint":{…}`. A text that is no address is a name. */
export function sourceMember({ sourceIp, enrichment }: AuditEvent): string {
  if (sourceIp === undefined || sourceIp === '') return ''
  const { country, region, city } = enrichment?.geo ?? {}
  return objectMember(
    'src_endpoint',
    textMember(isAddress(sourceIp) ? 'ip' : 'name', sourceIp) +
      objectMember(
        'location',
        textMember('country', country) + textMember('region', region) + textMember('city', city),
      ),
  )
}
