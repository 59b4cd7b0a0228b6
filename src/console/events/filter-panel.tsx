import { SelectField } from '../blocks/select-field.tsx'
import { useStatus } from '../status.ts'
import type { ArchiveSummary } from './archives.ts'
import { TextFilter, TimeFilter } from './filter-fields.tsx'
import { FILTER_NAMES } from './filter-names.ts'
import { type FilterKey, type Filters, OPERATIONS, OUTCOMES } from './filters.ts'
import type { Change } from './use-filters.ts'
import { useTop } from './use-top.ts'

const SEVERITIES = [
  ['2', 'low'],
  ['3', 'medium'],
  ['4', 'high'],
] as const

export function FilterPanel(props: {
  filters: Filters
  change: (change: Change) => void
  archives: readonly ArchiveSummary[]
}) {
  const { filters, change, archives } = props
  const archive: Record<string, string> = filters.archive === undefined ? {} : { archive: filters.archive }
  const known = (field: 'login' | 'action' | 'category' | 'address' | 'stack') => ({ field, archive })
  const sources = useSources()
  const of = (name: FilterKey) => ({
    label: FILTER_NAMES[name],
    value: filters[name] ?? '',
    onChange: (value: string) => change({ [name]: value === '' ? undefined : value }),
  })
  return (
    <div className="card padded filter-panel">
      <TextFilter {...of('login')} values={useNames(known('login'))} />
      <TextFilter {...of('action')} values={useNames(known('action'))} />
      <SelectField {...of('category')} choices={pairs(useNames(known('category')))} />
      <SelectField {...of('operation')} choices={pairs(OPERATIONS)} />
      <SelectField {...of('outcome')} choices={pairs(OUTCOMES)} />
      <SelectField {...of('severity')} choices={SEVERITIES} />
      <TextFilter {...of('project')} values={[]} />
      <TextFilter {...of('stack')} values={useNames(known('stack'))} />
      <TextFilter {...of('address')} values={useNames(known('address'))} />
      <TextFilter {...of('organization')} values={[]} />
      {(sources.length > 1 || filters.source !== undefined) && (
        <SelectField {...of('source')} choices={pairs(sources)} />
      )}
      {archives.length > 1 && (
        <SelectField {...of('archive')} choices={pairs(archives.map(({ id }) => id))} all="The first" />
      )}
      <TimeFilter {...of('from')} />
      <TimeFilter {...of('to')} />
    </div>
  )
}

function useNames({
  field,
  archive,
}: {
  field: Parameters<typeof useTop>[0]
  archive: Record<string, string>
}) {
  const query = new URLSearchParams(archive).toString()
  return useTop(field, query, 100).data?.map(({ value }) => value) ?? []
}

/** Component ids from the configuration. */
function useSources(): readonly string[] {
  return Object.keys(useStatus().data?.sources ?? {})
}

function pairs(values: readonly string[]): readonly (readonly [string, string])[] {
  return values.map((value) => [value, value])
}
