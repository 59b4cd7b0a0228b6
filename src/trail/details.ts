/** How an entry of the trail summarises what was asked for: short, whoever asked and however long the request was. */
import { messageOf, OperationError } from '../errors.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import { identify } from '../normalise/catalogue.ts'
import type { TrailEntry } from './trail.ts'

const TEXT_MOST = 200
const ITEMS_MOST = 20

export function shortDetails(asked: readonly [string, unknown][]): Record<string, unknown> {
  return Object.fromEntries(
    asked.map(([key, value]) => [shortText(key), timeOf(key, value) ?? shortValue(value)]),
  )
}

export function shortText(text: string): string {
  return text.length > TEXT_MOST ? `${text.slice(0, TEXT_MOST)}…` : text
}

/**
 * For what was done but could not be recorded. What takes data out is not shown then; what only read a range changed
 * nothing and took long: it is given, and `warn` is told.
 */
export function failUnrecorded(
  { action, details }: Pick<TrailEntry, 'action' | 'details'>,
  warn: (reason: string) => void,
): (thrown: unknown) => void {
  return (thrown) => {
    const reason = messageOf(thrown)
    if (action === 'range-reconciled' && details.repair !== true) return warn(reason)
    const what = takesOut(action) ? 'not shown, since' : 'done, but'
    throw new OperationError(`${what} it could not be written to the trail: ${reason}`)
  }
}

/** `normalise/own-actions.json` knows every action. */
function takesOut(action: string): boolean {
  return identify(`auditferry-${action}`).entry?.operation === 'read'
}

/** A request gives the bounds of a range as Unix seconds; readers of the trail want a readable time. */
function timeOf(key: string, value: unknown): string | undefined {
  return (key === 'from' || key === 'to') && typeof value === 'number' ? rfc3339(value) : undefined
}

function shortValue(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'string') return shortText(value)
  if (!Array.isArray(value)) return shortText(JSON.stringify(value) ?? '')
  if (value.length === 0 || typeof value[0] === 'object')
    return value.length === 1 ? '1 entry' : `${value.length} entries`
  const first = value.slice(0, ITEMS_MOST).map((it) => shortText(String(it)))
  return value.length > ITEMS_MOST ? [...first, `and ${value.length - ITEMS_MOST} more`] : first
}
