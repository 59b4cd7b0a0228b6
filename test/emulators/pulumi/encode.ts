/** Events as the API writes them: CSV rows and JSON entries. */
import { catalogue } from '../../../src/normalise/catalogue.ts'
import type { EmulatedEvent } from './event.ts'
import type { Switches } from './switches.ts'

const NINE = [
  'Timestamp',
  'Name',
  'Login',
  'Event',
  'Description',
  'SourceIP',
  'RequireOrgAdmin',
  'RequireStackAdmin',
  'AuthenticationFailure',
]
const THIRTEEN = [...NINE, 'TokenID', 'TokenName', 'ActorName', 'ActorUrn']

const displayNames = new Map(catalogue.map((entry) => [entry.event, entry.name]))

/** `stack-created` → `Stack Created`; what isn't in kebab case stays as it is. */
export function displayName(event: string): string {
  const known = displayNames.get(event)
  if (known !== undefined) return known
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(event)) return event
  return event.replace(/(^|-)([a-z0-9])/g, (_, dash, letter) => (dash && ' ') + letter.toUpperCase())
}

export function columnsOf({ columns }: Switches): readonly string[] {
  if (columns === 9) return NINE
  return columns === 13 ? THIRTEEN : columns
}

export function csvHeader(switches: Switches): string {
  return (switches.byteOrderMark ? '\uFEFF' : '') + columnsOf(switches).join(',') + switches.lineEnd
}

export function csvRow(event: EmulatedEvent, columns: readonly string[], switches: Switches): string {
  if (event.verbatim?.csv !== undefined) return event.verbatim.csv + switches.lineEnd
  let row = ''
  for (let at = 0; at < columns.length; at++) {
    row += (at === 0 ? '' : ',') + quoted(cell(event, (columns[at] as string).trim(), switches))
  }
  return row + switches.lineEnd
}

/** Flags that are false are left out, as in the API. */
export function jsonEntry(event: EmulatedEvent, switches: Switches): string {
  if (event.verbatim?.json !== undefined) return event.verbatim.json
  const { extra, verbatim, ...fields } = event
  const name = switches.eventNames === 'slug' ? event.event : displayName(event.event)
  return JSON.stringify({ ...fields, event: name, ...extra }, (_, value) =>
    value === false ? undefined : value,
  )
}

function cell(event: EmulatedEvent, column: string, switches: Switches): string {
  switch (column) {
    case 'Timestamp':
      return switches.csvTime === 'unix' ? `${event.timestamp}` : rfc3339(event.timestamp)
    case 'Name':
      return event.user.name
    case 'Login':
      return event.user.githubLogin
    case 'Event':
      return displayName(event.event)
    case 'Description':
      return event.description
    case 'SourceIP':
      return event.sourceIP
    case 'RequireOrgAdmin':
      return `${event.reqOrgAdmin ?? false}`
    case 'RequireStackAdmin':
      return `${event.reqStackAdmin ?? false}`
    case 'AuthenticationFailure':
      return `${event.authFailure ?? false}`
    case 'TokenID':
      return event.tokenID ?? ''
    case 'TokenName':
      return event.tokenName ?? ''
    case 'ActorName':
      return event.actorName ?? ''
    case 'ActorUrn':
      return event.actorUrn ?? ''
    default:
      return event.extra?.[column] ?? ''
  }
}

function rfc3339(second: number): string {
  return `${new Date(second * 1000).toISOString().slice(0, -5)}Z`
}

/** As Go's encoding/csv does: quoted if it contains a comma, a quote or a line end, or begins with a blank. */
function quoted(text: string): string {
  return /^\s|[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
