/**
 * Which OCSF class and activity an event is. Classes, activities and what each of them requires follow the public
 * schema at its tags 1.3.0, 1.8.0 and 1.9.0 (https://github.com/ocsf/ocsf-schema, `events/` and CHANGELOG.md).
 */
import type { Operation } from '../event.ts'
import { catalogueEntry, schemaRow } from './schema-table.ts'
import type { WrittenMembers } from './written-members.ts'

export const OCSF_VERSIONS = ['1.9.0', '1.8.0', '1.3.0'] as const
export type OcsfVersion = (typeof OCSF_VERSIONS)[number]

export interface OcsfClass {
  readonly uid: number
  readonly activity: number
  /** Members of the classification, from `category_uid` on, each preceded by a comma. */
  readonly members: string
}

/** What the catalogue says about an event id. */
export interface OcsfPlan {
  /** `type_uid` of the class that fits best. */
  readonly wanted: number
  /** `type_uid` of API Activity with the same operation, for an event that lacks what the best class requires. */
  readonly fallback: number
  /** What the event is about; undefined for an unknown id. */
  readonly object: string | undefined
  /** A permission was denied. */
  readonly denied: boolean
}

interface Definition {
  readonly name: string
  readonly category: readonly [uid: number, name: string]
  readonly activities: Readonly<Record<number, string>>
}

const IAM = [3, 'Identity & Access Management'] as const

const CLASSES: Readonly<Record<number, Definition>> = {
  0: { name: 'Base Event', category: [0, 'Uncategorized'], activities: {} },
  3001: { name: 'Account Change', category: IAM, activities: {} },
  3002: { name: 'Authentication', category: IAM, activities: { 1: 'Logon' } },
  3004: {
    name: 'Entity Management',
    category: IAM,
    activities: { 1: 'Create', 3: 'Update', 4: 'Delete', 8: 'Enable', 9: 'Disable' },
  },
  3005: { name: 'User Access Management', category: IAM, activities: { 1: 'Assign Privileges' } },
  3006: {
    name: 'Group Management',
    category: IAM,
    activities: { 3: 'Add User', 4: 'Remove User', 5: 'Delete', 6: 'Create', 9: 'Update' },
  },
  3007: { name: 'User Management', category: IAM, activities: { 2: 'Update', 16: 'Assign Roles' } },
  3008: { name: 'Role Management', category: IAM, activities: { 1: 'Create', 2: 'Update', 3: 'Delete' } },
  6003: {
    name: 'API Activity',
    category: [6, 'Application Activity'],
    activities: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
  },
}

const OTHER = 99
const BASE_EVENT = OTHER
const API = 6003 * 100

/** Operations as activities of API Activity; all others are its 99. */
const API_ACTIVITY: Partial<Record<Operation, number>> = {
  create: 1,
  add: 1,
  read: 2,
  update: 3,
  grant: 3,
  enable: 3,
  disable: 3,
  delete: 4,
  remove: 4,
}

export function planOf(action: string, version: OcsfVersion): OcsfPlan {
  const row = schemaRow(action)
  const entry = catalogueEntry(action)
  const fallback = API + (API_ACTIVITY[entry?.operation ?? 'other'] ?? OTHER)
  return {
    wanted: row === undefined ? fallback : version === '1.9.0' ? row.ocsf : row.ocsfBefore19,
    fallback,
    object: entry?.object,
    denied: entry?.kind === 'authz',
  }
}

/** The best class that the event can fill, otherwise API Activity, otherwise the Base Event, which requires nothing. */
export function typeOf(plan: OcsfPlan, it: WrittenMembers, hasActor: boolean, version: OcsfVersion): number {
  if (fills(plan.wanted, it, hasActor, version)) return plan.wanted
  return hasActor ? plan.fallback : BASE_EVENT
}

function fills(type: number, it: WrittenMembers, hasActor: boolean, version: OcsfVersion): boolean {
  const { targetName, targetUser, role } = it
  switch (Math.floor(type / 100)) {
    case 3004:
      return true
    case 3001:
    case 3002:
      return hasUser(it)
    case 3005:
      return targetUser !== undefined && role !== undefined
    case 3006:
      if (type > 300604) return targetName !== undefined
      return version === '1.9.0' || targetUser !== undefined
    case 3007:
      return type === 300716 ? targetUser !== undefined : hasUser(it)
    case 3008:
      return targetName !== undefined
    default:
      return hasActor
  }
}

/** A user needs a login, or at least a name. */
export function hasUser({ login, name }: WrittenMembers): boolean {
  return (login ?? name) !== undefined
}

/** `other`: name of an activity that has no number of its own, as JSON. */
export function classOf(type: number, other: string): OcsfClass {
  const uid = Math.floor(type / 100)
  const activity = type % 100
  const { name, category, activities } = CLASSES[uid] as Definition
  const called = activities[activity] ?? 'Other'
  const activityName = activity === OTHER ? other : JSON.stringify(called)
  const members =
    `,"category_uid":${category[0]},"category_name":${JSON.stringify(category[1])}` +
    `,"class_uid":${uid},"class_name":"${name}"` +
    `,"activity_id":${activity},"activity_name":${activityName}` +
    `,"type_uid":${type},"type_name":"${name}: ${called}"`
  return { uid, activity, members }
}
