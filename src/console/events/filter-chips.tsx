import { useHandedOnFocus } from '../blocks/handed-on-focus.ts'
import { Icon } from '../blocks/icon.tsx'
import { chipsOf } from './filter-names.ts'
import type { Filters } from './filters.ts'
import type { Change } from './use-filters.ts'

export function FilterChips(props: {
  filters: Filters
  change: (change: Change) => void
  clear: () => void
}) {
  return chipsOf(props.filters).length === 0 ? null : <Chips {...props} />
}

function Chips({ filters, change, clear }: Parameters<typeof FilterChips>[0]) {
  const place = useHandedOnFocus<HTMLUListElement>()
  return (
    <ul ref={place} className="chips" aria-label="Active filters">
      {chipsOf(filters).map(({ key, name, value }) => (
        <li key={key} className="chip">
          <span className="soft">{name}</span>
          <span className="cut">{value}</span>
          <button
            type="button"
            aria-label={`Remove the filter ${name}: ${value}`}
            onClick={({ currentTarget }) => {
              // The chip disappears; the focus moves to the next one.
              currentTarget.closest('li')?.nextElementSibling?.querySelector('button')?.focus()
              change({ [key]: undefined })
            }}
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
