import { marked } from '../blocks/turned-text.ts'
import type { ArchiveSummary } from './archives.ts'
import { FILTER_NAMES } from './filter-names.ts'
import type { FilterKey, Filters } from './filters.ts'

/** Characters; the API accepts no longer filter. */
const MOST = 1_000

/** Why these filters can't be applied; undefined if they can. Pure. */
export function faultOf(
  filters: Filters,
  archives: readonly Pick<ArchiveSummary, 'id'>[],
): string | undefined {
  const { archive, from = '0', to } = filters
  if (archive !== undefined && archives.every(({ id }) => id !== archive))
    return `There is no archive ${marked(archive.slice(0, 100))} here.`
  if (to !== undefined && Number(from) >= Number(to))
    return '“From” is not before “To”: no event lies between them.'
  const long = (Object.entries(filters) as [FilterKey, string][]).find(([, value]) => value.length > MOST)
  return long && `${FILTER_NAMES[long[0]]} is longer than 1,000 characters: nothing is looked for by so much.`
}
