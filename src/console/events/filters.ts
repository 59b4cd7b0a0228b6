/** What the events page is limited to. It lives in the page's address, so that it can be shared and survives a reload. */
import type { AuditEvent, Operation } from '../../event.ts'

/** Filters that the API compares exactly, by the API's names. */
const EXACT_KEYS = [
  'login',
  'action',
  'category',
  'operation',
  'outcome',
  'severity',
  'project',
  'stack',
  'address',
  'source',
  'organization',
] as const

const KEYS = [...EXACT_KEYS, 'text', 'range', 'from', 'to', 'archive'] as const

export type FilterKey = (typeof KEYS)[number]

/** Only what is set; `range` ends now, `from` and `to` are Unix seconds, [from, to). */
export type Filters = { readonly [Key in FilterKey]?: string }

/** Lengths of the ranges that end now, in seconds. */
export const RANGES: Readonly<Record<string, { readonly name: string; readonly seconds: number }>> = {
  '15m': { name: 'Last 15 minutes', seconds: 900 },
  '1h': { name: 'Last hour', seconds: 3_600 },
  '24h': { name: 'Last 24 hours', seconds: 86_400 },
  '7d': { name: 'Last 7 days', seconds: 604_800 },
  '30d': { name: 'Last 30 days', seconds: 2_592_000 },
}

/** The last second of the year 9999: the API accepts none beyond it. */
const LATEST = 253_402_300_799

export const OPERATIONS = [
  'create',
  'read',
  'update',
  'delete',
  'add',
  'remove',
  'grant',
  'enable',
  'disable',
  'login',
  'denied',
  'other',
] as const satisfies readonly Operation[]

export const OUTCOMES = ['success', 'failure', 'unknown'] as const satisfies readonly AuditEvent['outcome'][]

/** The filters in the address's query; what is unknown or makes no sense is ignored. */
export function readFilters(search: string): Filters {
  const given = new URLSearchParams(search)
  const filters: { [Key in FilterKey]?: string } = {}
  for (const key of KEYS) {
    const value = takenFor(key, given.get(key) ?? undefined)
    if (value !== undefined && makesSense(key, value)) filters[key] = value
  }
  // A chosen bound takes precedence over a moving range.
  if (filters.from !== undefined || filters.to !== undefined) delete filters.range
  return filters
}

/**
 * Parameters of the address that have no effect: unknown names, repeated names, or impossible values such as
 * `severity=9`.
 */
export function unreadIn(search: string): string[] {
  const read = new URLSearchParams(writeFilters(readFilters(search)))
  const given = new URLSearchParams(search)
  return [...given].flatMap(([key, value]) => {
    const isRead = read.has(key) && given.get(key) === value
    return isRead || value.trim() === '' ? [] : [`${key}=${value}`]
  })
}

/** `?login=dana`, or nothing; the same filters always give the same text. */
export function writeFilters(filters: Filters): string {
  const text = new URLSearchParams(pairs(filters)).toString()
  return text === '' ? '' : `?${text}`
}

/**
 * Sets filters, and removes those that are undefined or an empty text (except the login). A range replaces bounds and
 * vice versa.
 */
export function changed(
  filters: Filters,
  change: { readonly [Key in FilterKey]?: string | undefined },
): Filters {
  const next: { [Key in FilterKey]?: string } = { ...filters }
  if (change.range !== undefined) for (const key of ['from', 'to'] as const) delete next[key]
  if (change.from !== undefined || change.to !== undefined) delete next.range
  for (const [key, given] of Object.entries(change) as [FilterKey, string | undefined][]) {
    const value = takenFor(key, given)
    if (value === undefined) delete next[key]
    else next[key] = value
  }
  return next
}

/**
 * The value is compared exactly, including blanks at its ends. An empty login is a value: it finds actors that use a
 * token of their own and so have no login.
 */
function takenFor(key: FilterKey, given: string | undefined): string | undefined {
  if (key === 'login') return given
  const isEmpty = given === undefined || given.trim() === ''
  return isEmpty ? undefined : key === 'text' ? given.trim() : given
}

/** The parameters of `/api/v1/events…`, without `?`. `now` is in milliseconds; a range begins at a full minute. */
export function apiQuery(filters: Filters, now: number, more: Readonly<Record<string, string>> = {}): string {
  const { range, ...rest } = filters
  const seconds = RANGES[range ?? '']?.seconds
  const from = seconds === undefined ? {} : { from: String(Math.floor((now / 1000 - seconds) / 60) * 60) }
  return new URLSearchParams([...pairs({ ...rest, ...from }), ...Object.entries(more)]).toString()
}

/** Whether the filters hide any of the archive's events. */
export function isFiltered(filters: Filters): boolean {
  return pairs(filters).some(([key]) => key !== 'archive')
}

function pairs(filters: Filters): [FilterKey, string][] {
  return KEYS.flatMap((key): [FilterKey, string][] => {
    const value = filters[key]
    return value === undefined ? [] : [[key, value]]
  })
}

function makesSense(key: FilterKey, value: string): boolean {
  if (key === 'range') return Object.hasOwn(RANGES, value)
  if (key === 'severity') return /^[1-4]$/.test(value)
  if (key === 'operation') return OPERATIONS.some((operation) => operation === value)
  if (key === 'outcome') return OUTCOMES.some((outcome) => outcome === value)
  if (key === 'from' || key === 'to') return /^\d{1,12}$/.test(value) && Number(value) <= LATEST
  return true
}
