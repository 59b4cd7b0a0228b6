import { format } from 'date-fns/format'
import { severityName } from '../blocks/severity.ts'
import { marked } from '../blocks/turned-text.ts'
import { type FilterKey, type Filters, RANGES } from './filters.ts'

/** The name of each filter as shown to people. */
export const FILTER_NAMES: Readonly<Record<FilterKey, string>> = {
  login: 'User',
  action: 'Action',
  category: 'Category',
  operation: 'Operation',
  outcome: 'Outcome',
  severity: 'Severity at least',
  project: 'Project',
  stack: 'Stack',
  address: 'Address',
  source: 'Source',
  organization: 'Organization',
  text: 'Text',
  range: 'Time',
  from: 'From',
  to: 'To',
  archive: 'Archive',
}

/** Stands for actors that use a token of their own and so have no login. */
export const WITHOUT_LOGIN = 'without a login'

interface Chip {
  readonly key: FilterKey
  readonly name: string
  readonly value: string
}

/** One for each filter that is set, except the archive: that is a place, not a limit. */
export function chipsOf(filters: Filters): Chip[] {
  return (Object.entries(filters) as [FilterKey, string][])
    .filter(([key]) => key !== 'archive')
    .map(([key, value]) => ({ key, name: FILTER_NAMES[key], value: valueText(key, value) }))
}

function valueText(key: FilterKey, value: string): string {
  if (key === 'login' && value === '') return WITHOUT_LOGIN
  if (key === 'severity') return severityName(Number(value))
  if (key === 'range') return RANGES[value]?.name ?? value
  if (key === 'from' || key === 'to') return format(Number(value) * 1000, 'd MMM yyyy HH:mm:ss xxx')
  return marked(value)
}
