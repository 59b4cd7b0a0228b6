/** How an entry of the trail summarises what was asked for: short, whoever asked and however long the request was. */
import { messageOf, OperationError } from '../errors.ts'
import { rfc3339 } from '../formats/rfc3339.ts'

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

/** For an action that was done but could not be recorded. */
export function failUnrecorded(thrown: unknown): never {
  throw new OperationError(`done, but it could not be written to the trail: ${messageOf(thrown)}`)
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
