import { Icon } from '../blocks/icon.tsx'
import { chipsOf } from './filter-names.ts'
import type { Filters } from './filters.ts'
import type { Change } from './use-filters.ts'

export function FilterChips(props: {
  filters: Filters
  change: (change: Change) => void
  clear: () => void
}) {
  const { filters, change, clear } = props
  const chips = chipsOf(filters)
  if (chips.length === 0) return null
  return (
    <ul className="chips" aria-label="Active filters">
      {chips.map(({ key, name, value }) => (
        <li key={key} className="chip">
          <span className="soft">{name}</span>
          <span className="cut">{value}</span>
          <button
            type="button"
            aria-label={`Remove the filter ${name}: ${value}`}
            onClick={() => change({ [key]: undefined })}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
      <li>
        <button type="button" className="button plain" onClick={clear}>
          Clear all
        </button>
      </li>
    </ul>
  )
}
