/** The parts of a record that no member of its event holds, for formats that name every member one by one. */
import type { AuditEvent } from '../event.ts'
import { jsonText } from '../lib/json-text.ts'
import { hasMembers } from '../lib/members.ts'
import { LIVE_COLUMNS } from './csv-columns.ts'
import { isRow } from './row.ts'
import { plainOf, type WrittenMembers } from './written-members.ts'

type Told = Pick<AuditEvent, 'raw' | 'action' | 'actionName'>

/**
 * JSON of members that the API has gained since, and of the name that an old log gives the event; undefined if there
 * are none.
 */
export function leftovers(event: Told): string | undefined {
  const { raw } = event
  if (!hasMembers(raw)) return raw === null ? undefined : jsonText(raw)
  const isCarried = isRow(raw) ? isColumn : isMember
  const left: [string, unknown][] = []
  for (const key of Object.keys(raw)) {
    const value = raw[key]
    const rest = key === 'user' ? unknownOf(value) : isCarried(key, value, event) ? undefined : value
    if (!isEmpty(rest)) left.push([key, rest])
  }
  return left.length === 0 ? undefined : jsonText(Object.fromEntries(left))
}

/** The same for members that are already JSON. */
export function leftoversOf({ raw, action, actionName }: WrittenMembers): string | undefined {
  return leftovers({ raw, action: plainOf(action), actionName: plainOf(actionName) })
}

function unknownOf(user: unknown): unknown {
  if (!hasMembers(user)) return user
  const isLeft = (key: string, value: unknown) => !USER.has(key) || hasMembers(value)
  const more = Object.entries(user).filter(([key, value]) => isLeft(key, value) && !isEmpty(value))
  return more.length === 0 ? undefined : Object.fromEntries(more)
}

/** Where the API has a text or a flag, the source accepts nothing else. */
function isMember(key: string, value: unknown, event: Told): boolean {
  return key === 'event' ? isItsEvent(value, event) : RECORD.has(key) && !hasMembers(value)
}

function isColumn(key: string, value: unknown, event: Told): boolean {
  if (ROW.has(key)) return true
  const name = key.toLowerCase()
  return name === 'event' ? isItsEvent(value, event) : ROW.has(name)
}

function isItsEvent(value: unknown, { action, actionName }: Told): boolean {
  return value === action || value === actionName
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

/** Members of an entry in the JSON list, https://www.pulumi.com/docs/administration/reference/audit-log-formats/ */
const RECORD = new Set([
  'timestamp',
  'sourceIP',
  'description',
  'tokenID',
  'tokenName',
  'reqOrgAdmin',
  'reqStackAdmin',
  'authFailure',
  'actorName',
  'actorUrn',
])
const USER = new Set(['name', 'githubLogin', 'avatarUrl', 'email'])
const COLUMNS = LIVE_COLUMNS.map(([name]) => name).filter((name) => name !== 'Event')
/**
 * Columns of the CSV export; the source reads them in any letter case. Most come spelt as here, and lowercasing each
 * would cost more than everything else.
 */
const ROW = new Set(COLUMNS.flatMap((name) => [name, name.toLowerCase()]))
