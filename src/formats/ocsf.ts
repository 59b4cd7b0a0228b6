/**
 * Open Cybersecurity Schema Framework: https://schema.ocsf.io. One event has one class; attributes depend on the
 * version. What the schema has no place for goes into `unmapped`.
 */
import { z } from 'zod'
import { flag } from '../lib/options.ts'
import { isAddress } from './address.ts'
import type { LineFormat } from './format.ts'
import { jsonMember, listMember, objectMember, objectOf, textMember } from './json-members.ts'
import { leftoversOf } from './leftovers.ts'
import { actorMember, emailOf, isEmailAscii, sourceMember, userMember } from './ocsf-actor.ts'
import {
  classOf,
  hasUser,
  OCSF_VERSIONS,
  type OcsfClass,
  type OcsfPlan,
  planOf,
  typeOf,
} from './ocsf-classes.ts'
import { DESTINATION, leftMember, type OcsfTarget, targetOf } from './ocsf-target.ts'
import { schemaTable } from './schema-table.ts'
import { EMPTY, membersOf, membersOfLine, plainOf, type WrittenMembers } from './written-members.ts'

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
  const plans = new Map<string | undefined, OcsfPlan>(
    schemaTable.map(({ event }) => [JSON.stringify(event), planOf(event, version)]),
  )
  const unknown = planOf('', version)
  const classes = new Map<number, OcsfClass>()
  const classCalled = (type: number, other: string) => {
    if (type % 100 === 99) return classOf(type, other)
    const known = classes.get(type) ?? classOf(type, other)
    classes.set(type, known)
    return known
  }
  const write = (it: WrittenMembers) => {
    const plan = plans.get(it.action) ?? unknown
    const isIp = it.sourceIp !== undefined && isAddress(plainOf(it.sourceIp))
    const user = userMember(it, version)
    const actor = actorMember(it, user)
    const type = typeOf(plan, it, actor !== '', version)
    const itsClass = classCalled(type, plan.denied ? '"Authorization Denied"' : (it.actionName ?? '"Other"'))
    const target = targetOf(itsClass, it, plan.object, user, version)
    return objectOf(
      itsClass.members +
        occurrence(it) +
        control(it, plan, options) +
        metadata(it, profilesOf(plan, itsClass, options), options) +
        (itsClass.uid === 0 ? '' : actor + source(it, itsClass, isIp)) +
        (itsClass.uid === 6003 ? api(it, options) : '') +
        target.members +
        observables(it, itsClass, isIp, target) +
        unmapped(it, itsClass, target, options) +
        (options.raw_data ? textMember('raw_data', it.record()) : ''),
    )
  }
  return {
    name: 'ocsf',
    contentType: 'application/json',
    extension: 'ndjson',
    lineEnd: '\n',
    requires: ['actor.login'],
    encode: (event) => write(membersOf(event)),
    encodeLine(line) {
      const members = membersOfLine(line)
      return members && isEmailAscii(members) ? write(members) : undefined
    },
  }
}

const SEVERITIES = ['Unknown', 'Informational', 'Low', 'Medium', 'High']
const UNKNOWN = ',"status_id":0,"status":"Unknown"'
const STATUSES: Partial<Record<string, string>> = {
  '"success"': ',"status_id":1,"status":"Success"',
  '"failure"': ',"status_id":2,"status":"Failure"',
}
/** The last millisecond that a date can represent; beyond it, `metadata.original_time` has the time. */
const LAST_TIME = 8.64e15

function occurrence({ timestamp, severity, outcome = EMPTY, description }: WrittenMembers): string {
  const time = Math.trunc(Math.min(LAST_TIME, Math.max(-LAST_TIME, timestamp * 1000)))
  const name = SEVERITIES[severity]
  const id = name === undefined ? 0 : severity
  return (
    `,"time":${time},"timezone_offset":0,"severity_id":${id},"severity":"${name ?? 'Unknown'}"` +
    (STATUSES[outcome] ?? UNKNOWN) +
    jsonMember('message', description)
  )
}

/** The profile security_control applies to every class since 1.5 at the latest, but not to these in 1.3. */
function control(it: WrittenMembers, plan: OcsfPlan, { version }: Options): string {
  const detail = textMember('status_detail', detailOf(it, plan))
  if (!plan.denied || version === '1.3.0') return detail
  return `${detail},"action_id":2,"action":"Denied","disposition_id":2,"disposition":"Blocked"`
}

/** Why something failed, if the event says more than its description does. */
function detailOf(it: WrittenMembers, { wanted, denied }: OcsfPlan): string | undefined {
  if (it.outcome !== '"failure"') return undefined
  if (Math.floor(wanted / 100) === AUTHENTICATION) return 'Authentication failed'
  return denied || it.authFailure === 'true' ? 'Permission denied' : undefined
}

const AUTHENTICATION = 3002

/** In 1.3, these classes have an actor only through the profile host. */
const HOST_IN_1_3 = new Set([3004, 3005, 3006])

function profilesOf({ denied }: OcsfPlan, { uid }: OcsfClass, { version }: Options): string {
  if (version === '1.3.0') return HOST_IN_1_3.has(uid) ? ',"profiles":["host"]' : ''
  return denied ? ',"profiles":["security_control"]' : ''
}

function metadata(it: WrittenMembers, profiles: string, { version }: Options): string {
  const { uid = EMPTY, timestamp, observedAt } = it
  return (
    `,"metadata":{"version":"${version}",${PRODUCT}${profiles},"uid":${uid}` +
    // Exists since 1.7.
    (version === '1.3.0' ? '' : `,"original_event_uid":${uid}`) +
    jsonMember('event_code', it.action) +
    `,"original_time":"${timestamp}","logged_time":${observedAt},"processed_time":${observedAt}` +
    `,"log_name":"auditlogs","log_provider":"Pulumi Cloud"${jsonMember('tenant_uid', it.organization)}}`
  )
}

const PRODUCT = '"product":{"vendor_name":"Pulumi","name":"Pulumi Cloud","feature":{"name":"Audit Logs"}}'

/** API Activity requires an endpoint; the others have one if it is known. */
function source(it: WrittenMembers, { uid }: OcsfClass, isIp: boolean): string {
  const endpoint = sourceMember(it, isIp)
  return endpoint === '' && uid === 6003 ? ',"src_endpoint":{"name":"unknown"}' : endpoint
}

function api(it: WrittenMembers, { version }: Options): string {
  const { action = EMPTY, category, tokenId, tokenName } = it
  // The object `token` exists since 1.8.
  const used = version === '1.3.0' ? '' : jsonMember('uid', tokenId) + jsonMember('name', tokenName)
  return (
    `,"api":{"operation":${action},"service":{"name":"Pulumi Cloud"}` +
    objectMember('group', jsonMember('name', category)) +
    objectMember('token', used === '' ? '' : `${used},"type_id":7,"type":"API Token"`) +
    `}${DESTINATION}`
  )
}

/** Observable type ids: 2 IP address, 4 user name, 5 e-mail address. */
function observables(it: WrittenMembers, { uid }: OcsfClass, isIp: boolean, target: OcsfTarget): string {
  const { login, name } = it
  const list: string[] = []
  const add = (path: string, type: number, value: string | undefined) => {
    if (value !== undefined) list.push(`{"name":"${path}","type_id":${type},"value":${value}}`)
  }
  // The Base Event has no endpoint.
  if (uid !== 0 && isIp) add('src_endpoint.ip', 2, it.sourceIp)
  add('actor.user.name', 4, login ?? name)
  if (hasUser(it)) add('actor.user.email_addr', 5, emailOf(it))
  for (const observable of target.observables ?? []) add(...observable)
  return listMember('observables', list)
}

function unmapped(it: WrittenMembers, { uid }: OcsfClass, target: OcsfTarget, { version }: Options): string {
  const { enrichment } = it
  const isApi = uid === 6003
  const email = hasUser(it) && emailOf(it) !== undefined ? undefined : it.email
  const record = leftoversOf(it)
  return objectMember(
    'unmapped',
    jsonMember('source', it.source) +
      (isApi ? '' : jsonMember('category', it.category)) +
      (uid === 0 ? jsonMember('sourceIP', it.sourceIp) : '') +
      (isApi && version !== '1.3.0' ? '' : jsonMember('tokenName', it.tokenName)) +
      `,"reqOrgAdmin":${it.orgAdmin},"reqStackAdmin":${it.stackAdmin},"authFailure":${it.authFailure}` +
      objectMember('user', jsonMember('avatarUrl', it.avatarUrl) + jsonMember('email', email)) +
      leftMember(it, target.left) +
      jsonMember('record', record) +
      jsonMember('enrichment', enrichment && JSON.stringify(enrichment)),
  )
}
