import { marked } from '../blocks/turned-text.ts'

/** What an entry of the trail says beside its action, on one line: `sink soc; ids soc:1, soc:2`. Pure. */
export function detailsText(details: unknown): string {
  if (typeof details !== 'object' || details === null) return valueText(details)
  return Object.entries(details)
    .map(([key, value]) => `${key} ${valueText(value)}`)
    .join('; ')
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return '–'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueText).join(', ')
  return marked(typeof value === 'object' ? JSON.stringify(value) : String(value))
}
