/**
 * Open Cybersecurity Schema Framework: https://schema.ocsf.io. One event, one class; attributes by version. What the
 * schema has no place for stands in `unmapped`.
 */
import { z } from 'zod'
import type { AuditEvent, Target } from '../event.ts'
import { flag } from '../lib/options.ts'
import { isAddress } from './address.ts'
import type { LineFormat } from './format.ts'
import { listMember, objectMember, objectOf, textMember } from './json-members.ts'
import { leftovers } from './leftovers.ts'
import { actorMember, emailOf, sourceMember, userMember } from './ocsf-actor.ts'
import {
  classOf,
  hasUser,
  OCSF_VERSIONS,
  type OcsfClass,
  type OcsfPlan,
  planOf,
  typeOf,
} from './ocsf-classes.ts'
import { DESTINATION, type OcsfTarget, targetOf } from './ocsf-target.ts'
import { recordText } from './record-text.ts'
import { schemaTable } from './schema-table.ts'

export const ocsfOptions = z.strictObject({
  version: z
    .enum(OCSF_VERSIONS)
    .default('1.9.0')
    .describe('Version of the schema. Amazon Security Lake accepts 1.3.0.'),
  raw_data: flag()
    .default(false)
    .describe('Adds the original record, as text, in raw_data. Nothing is lost without it.'),
})

type Options = z.output<typeof ocsfOptions>

export function ocsf(options: Options): LineFormat {
  const { version } = options
  const plans = new Map(schemaTable.map(({ event }) => [event, planOf(event, version)]))
  const unknown = planOf('', version)
  const classes = new Map<number, OcsfClass>()
  const classCalled = (type: number, other: string) => {
    if (type % 100 === 99) return classOf(type, other)
    const known = classes.get(type) ?? classOf(type, other)
    classes.set(type, known)
    return known
  }
  return {
    name: 'ocsf',
    contentType: 'application/json',
    extension: 'ndjson',
    lineEnd: '\n',
    requires: ['actor.login'],
    encode(event) {
      const plan = plans.get(event.action) ?? unknown
      const user = userMember(event, version)
      const actor = actorMember(event, user)
      const type = typeOf(plan, event, actor !== '', version)
      const itsClass = classCalled(type, plan.denied ? 'Authorization Denied' : event.actionName || 'Other')
      const target = targetOf(itsClass, event, plan.object, user, version)
      return objectOf(
        itsClass.members +
          occurrence(event) +
          control(event, plan, options) +
          metadata(event, profilesOf(plan, itsClass, options), options) +
          (itsClass.uid === 0 ? '' : actor + source(event, itsClass)) +
          (itsClass.uid === 6003 ? api(event, options) : '') +
          target.members +
          observables(event, itsClass, user !== '', target) +
          unmapped(event, itsClass, target, options) +
          (options.raw_data ? textMember('raw_data', recordText(event)) : ''),
      )
    },
  }
}

const SEVERITIES = ['Unknown', 'Informational', 'Low', 'Medium', 'High']
const STATUSES = {
  unknown: ',"status_id":0,"status":"Unknown"',
  success: ',"status_id":1,"status":"Success"',
  failure: ',"status_id":2,"status":"Failure"',
}
/** The last millisecond that a date can name; beyond it, `metadata.original_time` says it. */
const LAST_TIME = 8.64e15

function occurrence({ timestamp, severity, outcome, description }: AuditEvent): string {
  const time = Math.trunc(Math.min(LAST_TIME, Math.max(-LAST_TIME, timestamp * 1000)))
  const name = SEVERITIES[severity]
  const id = name === undefined ? 0 : severity
  return (
    `,"time":${time},"timezone_offset":0,"severity_id":${id},"severity":"${name ?? 'Unknown'}"` +
    STATUSES[outcome] +
    textMember('message', description)
  )
}

/** The profile security_control is offered on every class since 1.5 at the latest, but not on these in 1.3. */
function control(event: AuditEvent, plan: OcsfPlan, { version }: Options): string {
  const detail = textMember('status_detail', detailOf(event, plan))
  if (!plan.denied || version === '1.3.0') return detail
  return `${detail},"action_id":2,"action":"Denied","disposition_id":2,"disposition":"Blocked"`
}

/** Why something failed, as far as more than its description says so. */
function detailOf({ outcome, authFailure }: AuditEvent, { wanted, denied }: OcsfPlan): string | undefined {
  if (outcome !== 'failure') return undefined
  if (Math.floor(wanted / 100) === AUTHENTICATION) return 'Authentication failed'
  return denied || authFailure ? 'Permission denied' : undefined
}

const AUTHENTICATION = 3002

/** In 1.3 an actor belongs to the profile host in these classes. */
const HOST_IN_1_3 = new Set([3004, 3005, 3006])

function profilesOf({ denied }: OcsfPlan, { uid }: OcsfClass, { version }: Options): string {
  if (version === '1.3.0') return HOST_IN_1_3.has(uid) ? ',"profiles":["host"]' : ''
  return denied ? ',"profiles":["security_control"]' : ''
}

function metadata(event: AuditEvent, profiles: string, { version }: Options): string {
  const uid = JSON.stringify(event.uid)
  return (
    `,"metadata":{"version":"${version}",${PRODUCT}${profiles},"uid":${uid}` +
    // Came with 1.7.
    (version === '1.3.0' ? '' : `,"original_event_uid":${uid}`) +
    textMember('event_code', event.action) +
    `,"original_time":"${event.timestamp}","logged_time":${event.observedAt},"processed_time":${event.observedAt}` +
    `,"log_name":"auditlogs","log_provider":"Pulumi Cloud"${textMember('tenant_uid', event.organization)}}`
  )
}

const PRODUCT = '"product":{"vendor_name":"Pulumi","name":"Pulumi Cloud","feature":{"name":"Audit Logs"}}'

/** API Activity asks for an endpoint, the others take one if there is one. */
function source(event: AuditEvent, { uid }: OcsfClass): string {
  const endpoint = sourceMember(event)
  return endpoint === '' && uid === 6003 ? ',"src_endpoint":{"name":"unknown"}' : endpoint
}

function api({ action, category, token }: AuditEvent, { version }: Options): string {
  // The object `token` came with 1.8.
  const used = version === '1.3.0' ? '' : textMember('uid', token?.id) + textMember('name', token?.name)
  return (
    `,"api":{"operation":${JSON.stringify(action)},"service":{"name":"Pulumi Cloud"}` +
    objectMember('group', textMember('name', category)) +
    objectMember('token', used === '' ? '' : `${used},"type_id":7,"type":"API Token"`) +
    `}${DESTINATION}`
  )
}

/** Observable type ids: 2 IP address, 4 user name, 5 e-mail address. */
function observables(event: AuditEvent, { uid }: OcsfClass, hasUser: boolean, target: OcsfTarget): string {
  const { actor, sourceIp } = event
  const list: string[] = []
  const add = (path: string, type: number, value: string) =>
    list.push(`{"name":"${path}","type_id":${type},"value":${JSON.stringify(value)}}`)
  // The Base Event has no endpoint.
  if (uid !== 0 && sourceIp !== undefined && isAddress(sourceIp)) {
    add('src_endpoint.ip', 2, sourceIp)
  }
  if (hasUser) {
    add('actor.user.name', 4, actor.login === '' ? actor.name : actor.login)
    const email = emailOf(actor)
    if (email !== undefined) add('actor.user.email_addr', 5, email)
  }
  for (const observable of target.observables ?? []) add(...observable)
  return listMember('observables', list)
}

function unmapped(event: AuditEvent, { uid }: OcsfClass, target: OcsfTarget, { version }: Options): string {
  const { actor, required, token, sourceIp } = event
  const isApi = uid === 6003
  const email = hasUser(actor) && emailOf(actor) !== undefined ? undefined : actor.email
  const record = leftovers(event)
  return objectMember(
    'unmapped',
    textMember('source', event.source) +
      (isApi ? '' : textMember('category', event.category)) +
      (uid === 0 ? textMember('sourceIP', sourceIp) : '') +
      (isApi && version !== '1.3.0' ? '' : textMember('tokenName', token?.name)) +
      `,"reqOrgAdmin":${required.orgAdmin},"reqStackAdmin":${required.stackAdmin},"authFailure":${event.authFailure}` +
      objectMember('user', textMember('avatarUrl', actor.avatarUrl) + textMember('email', email)) +
      leftOfTarget(event, target.left) +
      (record === undefined ? '' : `,"record":${record}`) +
      (event.enrichment === undefined ? '' : `,"enrichment":${JSON.stringify(event.enrichment)}`),
  )
}

/** A user who is the actor has been said. */
function leftOfTarget({ target, actor }: AuditEvent, left: readonly (keyof Target)[]): string {
  if (target === undefined || left.length === 0) return ''
  let members = ''
  for (const name of left) {
    if (name !== 'user' || target.user !== actor.login) members += textMember(name, target[name])
  }
  return objectMember('target', members)
}
