/** What an event was about, as objects of OCSF: `objects/resource_details.json`, `managed_entity.json`, `group.json`, `iam_role.json`. */
import type { AuditEvent, Target } from '../event.ts'
import { listMember, objectMember, objectOf, textMember } from './json-members.ts'
import { isSaid, type OcsfClass, type OcsfVersion } from './ocsf-classes.ts'

export interface OcsfTarget {
  /** Members of the event, each with a comma in front. */
  readonly members: string
  /** Texts that are worth a pivot. */
  readonly observables?: readonly Observable[]
  /** Members of the target that `members` doesn't hold. */
  readonly left: readonly (keyof Target)[]
}

/** Path in the event, observable type id, value. */
type Observable = readonly [path: string, type: number, value: string]

const ALL = ['type', 'name', 'project', 'stack', 'updateId', 'user', 'role'] as const

const besides = (...shown: (keyof Target)[]) => ALL.filter((name) => name !== 'type' && !shown.includes(name))
const BESIDES_NOTHING = besides()
const BESIDES_NAME = besides('name')
const BESIDES_USER = besides('user')
const BESIDES_NAME_AND_USER = besides('name', 'user')
const BESIDES_USER_AND_ROLE = besides('user', 'role')

/** `user` as `,"user":{…}`: the actor's. */
export function targetOf(
  { uid, activity }: OcsfClass,
  event: AuditEvent,
  object: string | undefined,
  user: string,
  version: OcsfVersion,
): OcsfTarget {
  const { target } = event
  switch (uid) {
    case 6003:
      return resources(event, object, version)
    case 3001:
      return { members: user, left: BESIDES_NOTHING }
    case 3002:
      return { members: `${user}${SERVICE}${DESTINATION}`, left: BESIDES_NOTHING }
    case 3004:
      return {
        members: entity(event, object),
        left: object === 'organization' ? BESIDES_NOTHING : BESIDES_NAME,
      }
    case 3006:
      return group(event, activity, version)
    case 3007:
      if (activity !== ASSIGN_ROLES) return { members: user, left: BESIDES_NOTHING }
      return {
        members: named('user', target?.user) + roles(target?.role),
        observables: [['user.name', USER_NAME, target?.user ?? '']],
        left: BESIDES_USER_AND_ROLE,
      }
    case 3005:
      return {
        members: named('user', target?.user) + listMember('privileges', [JSON.stringify(target?.role ?? '')]),
        observables: [['user.name', USER_NAME, target?.user ?? '']],
        left: BESIDES_USER_AND_ROLE,
      }
    case 3008:
      return {
        members: named('iam_role', target?.name),
        observables: [['iam_role.name', ROLE_NAME, target?.name ?? '']],
        left: BESIDES_NAME,
      }
    default:
      return { members: '', left: ALL }
  }
}

const ASSIGN_ROLES = 16
const ADD_USER = 3
const REMOVE_USER = 4

/** Observable type ids: `objects/observable.json` and the attributes that carry one. */
const USER_NAME = 4
const GROUP_NAME = 32
const RESOURCE_NAME = 38
const ROLE_NAME = 49

const SERVICE = ',"service":{"name":"Pulumi Cloud"}'
export const DESTINATION = ',"dst_endpoint":{"svc_name":"pulumi-cloud"}'

function named(key: string, name: string | undefined): string {
  return objectMember(key, textMember('name', name))
}

function roles(role: string | undefined): string {
  return role === undefined || role === ''
    ? ''
    : listMember('iam_roles', [objectOf(textMember('name', role))])
}

/** A team, or the organisation that somebody joined or left. `users` took over from `user` with 1.9. */
function group({ organization, target }: AuditEvent, activity: number, version: OcsfVersion): OcsfTarget {
  const member = textMember('name', target?.user)
  const users =
    version === '1.9.0'
      ? listMember('users', member === '' ? [] : [objectOf(member)])
      : objectMember('user', member)
  const path = version === '1.9.0' ? 'users[].name' : 'user.name'
  const pivots: Observable[] = isSaid(target?.user) ? [[path, USER_NAME, target.user]] : []
  if (activity === ADD_USER || activity === REMOVE_USER) {
    const joined = objectMember('group', `${textMember('name', organization)},"type":"Organization"`)
    return { members: joined + users, observables: pivots, left: BESIDES_USER }
  }
  const team = target?.name ?? ''
  return {
    members: objectMember('group', `${textMember('name', team)},"type":"Team"`) + users,
    observables: [['group.name', GROUP_NAME, team], ...pivots],
    left: BESIDES_NAME_AND_USER,
  }
}

const POLICIES = new Set(['policy-pack', 'policy-group', 'oidc-auth-policy'])

/** Always possible: the organisation is an entity. */
function entity({ organization, target }: AuditEvent, object: string | undefined): string {
  const org = objectMember('org', textMember('name', organization))
  if (object === 'organization') {
    return objectMember(
      'entity',
      `${textMember('name', organization)},"type_id":4,"type":"Organization"${org}`,
    )
  }
  const name = textMember('name', target?.name)
  if (name !== '' && object !== undefined && POLICIES.has(object)) {
    const policy = objectMember('policy', name)
    return objectMember('entity', `${name},"type_id":5,"type":"Policy"${policy}${org}`)
  }
  return objectMember('entity', `${name},"type_id":99${textMember('type', object ?? 'Other')}${org}`)
}

/** The target and what else the description names; the organisation when it names nothing. */
function resources(event: AuditEvent, object: string | undefined, version: OcsfVersion): OcsfTarget {
  const { organization, target = NO_TARGET } = event
  const namespace = textMember('namespace', organization)
  const list: string[] = []
  const add = (type: string | undefined, members: string, more = '') => {
    if (members === '') return
    // `role_id` came with 1.6.
    const role = version === '1.3.0' ? '' : list.length === 0 ? ',"role_id":1,"role":"Target"' : RELATED
    list.push(objectOf(members + textMember('type', type) + namespace + more + role))
  }
  const { type, project, stack, name = stack, user } = target
  const path = [project, name].filter(isSaid).join('/')
  const parts = textMember('project', project) + textMember('stack', stack) + textMember('name', target.name)
  const isPath = isSaid(project) || (isSaid(stack) && name !== stack)
  add(type, textMember('name', path), isPath ? objectMember('data', parts) : '')
  add(list.length === 0 ? type : 'user', textMember('name', user))
  add('role', textMember('name', target.role))
  add('update', textMember('uid', target.updateId))
  if (list.length === 0) {
    const organizationItself = textMember('name', organization) + textMember('type', object) + namespace
    return { members: listMember('resources', [objectOf(organizationItself)]), left: [] }
  }
  const main = path === '' ? user : path
  return {
    members: listMember('resources', list),
    ...(isSaid(main) && { observables: [['resources[].name', RESOURCE_NAME, main]] }),
    left: [],
  }
}

const NO_TARGET: Target = { type: '' }
const RELATED = ',"role_id":4,"role":"Related"'
