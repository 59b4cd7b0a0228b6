import { marked } from '../blocks/turned-text.ts'

/** The details of a trail entry on one line: `sink soc; ids soc:1, soc:2`. Pure. */
export function detailsText(details: unknown): string {
  if (typeof details !== 'object' || details === null) return valueText(details)
  return Object.entries(details)
    .map(([key, value]) => `${key} ${TIMES.has(key) ? timeText(value) : valueText(value)}`)
    .join('; ')
}

/** Unix seconds that bounded a request: a number, or the text in the address. */
const TIMES = new Set(['from', 'to', 'startTime', 'endTime'])

function timeText(value: unknown): string {
  if (!/^\d{1,11}$/.test(String(value))) return valueText(value)
  return new Date(Number(value) * 1000).toISOString().replace('.000', '')
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return '–'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueText).join(', ')
  if (typeof value !== 'object') return marked(String(value))
  const inside = detailsText(value)
  return inside === '' ? 'none' : `(${inside})`
}
