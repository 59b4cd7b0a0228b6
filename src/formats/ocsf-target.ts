/**
 * What an event was about, as OCSF objects: `objects/resource_details.json`, `managed_entity.json`, `group.json`,
 * `iam_role.json`.
 */
import { jsonMember, listMember, objectMember, objectOf, textMember } from './json-members.ts'
import type { OcsfClass, OcsfVersion } from './ocsf-classes.ts'
import { EMPTY, type WrittenMembers } from './written-members.ts'

export interface OcsfTarget {
  /** Members of the event, each preceded by a comma. */
  readonly members: string
  /** Values worth searching other events for. */
  readonly observables?: readonly Observable[]
  /** Members of the target that `members` doesn't hold. */
  readonly left: readonly TargetMember[]
}

/** Path in the event, observable type id, value as JSON. */
type Observable = readonly [path: string, type: number, value: string]

const MEMBERS = {
  type: 'targetType',
  name: 'targetName',
  project: 'project',
  stack: 'stack',
  updateId: 'updateId',
  user: 'targetUser',
  role: 'role',
} as const
type TargetMember = keyof typeof MEMBERS
const ALL = Object.keys(MEMBERS) as TargetMember[]

const besides = (...shown: TargetMember[]) => ALL.filter((name) => name !== 'type' && !shown.includes(name))
const BESIDES_NOTHING = besides()
const BESIDES_NAME = besides('name')
const BESIDES_USER = besides('user')
const BESIDES_NAME_AND_USER = besides('name', 'user')
const BESIDES_USER_AND_ROLE = besides('user', 'role')

/** `user` as `,"user":{…}`: the actor's. */
export function targetOf(
  { uid, activity }: OcsfClass,
  it: WrittenMembers,
  object: string | undefined,
  user: string,
  version: OcsfVersion,
): OcsfTarget {
  const { targetName, targetUser, role } = it
  switch (uid) {
    case 6003:
      return resources(it, object, version)
    case 3001:
      return { members: user, left: BESIDES_NOTHING }
    case 3002:
      return { members: `${user}${SERVICE}${DESTINATION}`, left: BESIDES_NOTHING }
    case 3004:
      return {
        members: entity(it, object),
        left: object === 'organization' ? BESIDES_NOTHING : BESIDES_NAME,
      }
    case 3006:
      return group(it, activity, version)
    case 3007:
      if (activity !== ASSIGN_ROLES) return { members: user, left: BESIDES_NOTHING }
      return {
        members: named('user', targetUser) + roles(role),
        observables: [['user.name', USER_NAME, targetUser ?? EMPTY]],
        left: BESIDES_USER_AND_ROLE,
      }
    case 3005:
      return {
        members: named('user', targetUser) + listMember('privileges', [role ?? EMPTY]),
        observables: [['user.name', USER_NAME, targetUser ?? EMPTY]],
        left: BESIDES_USER_AND_ROLE,
      }
    case 3008:
      return {
        members: named('iam_role', targetName),
        observables: [['iam_role.name', ROLE_NAME, targetName ?? EMPTY]],
        left: BESIDES_NAME,
      }
    default:
      return { members: '', left: ALL }
  }
}

const ASSIGN_ROLES = 16
const ADD_USER = 3
const REMOVE_USER = 4

/** Observable type ids, from `objects/observable.json` and the attributes that have one. */
const USER_NAME = 4
const GROUP_NAME = 32
const RESOURCE_NAME = 38
const ROLE_NAME = 49

const SERVICE = ',"service":{"name":"Pulumi Cloud"}'
export const DESTINATION = ',"dst_endpoint":{"svc_name":"pulumi-cloud"}'

function named(key: string, name: string | undefined): string {
  return objectMember(key, jsonMember('name', name))
}

function roles(role: string | undefined): string {
  return listMember('iam_roles', role === undefined ? [] : [objectOf(jsonMember('name', role))])
}

/** A team, or the organisation that somebody joined or left. `users` replaced `user` in 1.9. */
function group(it: WrittenMembers, activity: number, version: OcsfVersion): OcsfTarget {
  const { organization, targetName = EMPTY, targetUser } = it
  const member = jsonMember('name', targetUser)
  const users =
    version === '1.9.0'
      ? listMember('users', member === '' ? [] : [objectOf(member)])
      : objectMember('user', member)
  const path = version === '1.9.0' ? 'users[].name' : 'user.name'
  const pivots: Observable[] = targetUser === undefined ? [] : [[path, USER_NAME, targetUser]]
  if (activity === ADD_USER || activity === REMOVE_USER) {
    const joined = objectMember('group', `${jsonMember('name', organization)},"type":"Organization"`)
    return { members: joined + users, observables: pivots, left: BESIDES_USER }
  }
  return {
    members: objectMember('group', `,"name":${targetName},"type":"Team"`) + users,
    observables: [['group.name', GROUP_NAME, targetName], ...pivots],
    left: BESIDES_NAME_AND_USER,
  }
}

const POLICIES = new Set(['policy-pack', 'policy-group', 'oidc-auth-policy'])

/** Always possible: the organisation is an entity. */
function entity({ organization, targetName }: WrittenMembers, object: string | undefined): string {
  const org = objectMember('org', jsonMember('name', organization))
  if (object === 'organization') {
    return objectMember(
      'entity',
      `${jsonMember('name', organization)},"type_id":4,"type":"Organization"${org}`,
    )
  }
  const name = jsonMember('name', targetName)
  if (name !== '' && object !== undefined && POLICIES.has(object)) {
    const policy = objectMember('policy', name)
    return objectMember('entity', `${name},"type_id":5,"type":"Policy"${policy}${org}`)
  }
  return objectMember('entity', `${name},"type_id":99${textMember('type', object ?? 'Other')}${org}`)
}

/** The target and whatever else the description names; the organisation if it names nothing. */
function resources(it: WrittenMembers, object: string | undefined, version: OcsfVersion): OcsfTarget {
  const { organization, targetType: type, project, stack, targetName: name, targetUser: user } = it
  const namespace = jsonMember('namespace', organization)
  const list: string[] = []
  const add = (type: string | undefined, members: string, more = '') => {
    if (members === '') return
    // `role_id` exists since 1.6.
    const role = version === '1.3.0' ? '' : list.length === 0 ? ',"role_id":1,"role":"Target"' : RELATED
    list.push(objectOf(members + jsonMember('type', type) + namespace + more + role))
  }
  const path = pathOf(project, name ?? stack)
  const parts = jsonMember('project', project) + jsonMember('stack', stack) + jsonMember('name', name)
  const isPath = project !== undefined || (stack !== undefined && name !== undefined && name !== stack)
  add(type, jsonMember('name', path), isPath ? objectMember('data', parts) : '')
  add(list.length === 0 ? type : '"user"', jsonMember('name', user))
  add('"role"', jsonMember('name', it.role))
  add('"update"', jsonMember('uid', it.updateId))
  if (list.length === 0) {
    const organizationItself = jsonMember('name', organization) + textMember('type', object) + namespace
    return { members: listMember('resources', [objectOf(organizationItself)]), left: [] }
  }
  const main = path ?? user
  return {
    members: listMember('resources', list),
    // The id exists since 1.4.
    ...(main !== undefined &&
      version !== '1.3.0' && { observables: [['resources[].name', RESOURCE_NAME, main]] }),
    left: [],
  }
}

const RELATED = ',"role_id":4,"role":"Related"'

/** `"web/prod"` */
function pathOf(project: string | undefined, name: string | undefined): string | undefined {
  return project === undefined || name === undefined
    ? (project ?? name)
    : `${project.slice(0, -1)}/${name.slice(1)}`
}

/** `,"target":{…}`, without a user who is the actor and so has been named already. */
export function leftMember(it: WrittenMembers, left: readonly TargetMember[]): string {
  const isShown = (name: TargetMember) => name !== 'user' || it.targetUser !== it.login
  const members = left.filter(isShown).map((name) => jsonMember(name, it[MEMBERS[name]]))
  return objectMember('target', members.join(''))
}
