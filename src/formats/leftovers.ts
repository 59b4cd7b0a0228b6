/** What of a record no member of its event holds, for formats that name every member one by one. */
import type { AuditEvent } from '../event.ts'
import { jsonText } from '../lib/json-text.ts'
import { hasMembers } from '../lib/members.ts'
import { LIVE_COLUMNS } from './csv-columns.ts'
import { isRow } from './row.ts'
import { plainOf, type WrittenMembers } from './written-members.ts'

type Told = Pick<AuditEvent, 'raw' | 'action' | 'actionName'>

/** JSON of the members that the API got since, and of what an old log calls the event; undefined if there is nothing. */
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

/** The same of members that are written already. */
export function leftoversOf({ raw, action, actionName }: WrittenMembers): string | undefined {
  return leftovers({ raw, action: plainOf(action), actionName: plainOf(actionName) })
}

function unknownOf(user: unknown): unknown {
  if (!hasMembers(user)) return user
  const isLeft = (key: string, value: unknown) => !USER.has(key) || hasMembers(value)
  const more = Object.entries(user).filter(([key, value]) => isLeft(key, value) && !isEmpty(value))
  return more.length === 0 ? undefined : Object.fromEntries(more)
}

/** Where the API has a text or a flag, the source takes nothing else. */
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

/** Members of an entry of the JSON list, https://www.pulumi.com/docs/administration/reference/audit-log-formats/ */
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
/** Columns of the CSV export, in any letter case as the source reads them. Most come as they are here: to make one lower costs more than all else. */
const ROW = new Set(COLUMNS.flatMap((name) => [name, name.toLowerCase()]))
