import { useId, useRef, useState } from 'react'
import { Icon } from '../blocks/icon.tsx'
import { useKeys } from '../shell/keyboard.ts'
import type { ArchiveSummary } from './archives.ts'
import { DownloadMenu } from './download-menu.tsx'
import { FilterChips } from './filter-chips.tsx'
import { FilterPanel } from './filter-panel.tsx'
import { type Filters, RANGES } from './filters.ts'
import { SearchField } from './search-field.tsx'
import type { Change } from './use-filters.ts'

export function FilterBar(props: {
  filters: Filters
  change: (change: Change, options?: { replace?: boolean }) => void
  clear: () => void
  archives: readonly ArchiveSummary[]
  query: string
}) {
  const { filters, change, clear, archives, query } = props
  const [open, setOpen] = useState(false)
  const panel = useId()
  const search = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => search.current?.focus() })
  return (
    <section className="filters" aria-label="Filters">
      <div className="filter-bar">
        <SearchField field={search} text={filters.text ?? ''} change={change} />
        <RangeSelect filters={filters} change={change} openPanel={() => setOpen(true)} />
        <button
          type="button"
          className="button"
          aria-expanded={open}
          aria-controls={panel}
          onClick={() => setOpen(!open)}
        >
          <Icon name="filter" />
          Filters
        </button>
        <DownloadMenu query={query} />
      </div>
      <div id={panel} hidden={!open}>
        {open && <FilterPanel filters={filters} change={change} archives={archives} />}
      </div>
      <FilterChips filters={filters} change={change} clear={clear} />
    </section>
  )
}

const CUSTOM = 'custom'

function RangeSelect(props: { filters: Filters; change: (change: Change) => void; openPanel: () => void }) {
  const { filters, change, openPanel } = props
  const isCustom = filters.from !== undefined || filters.to !== undefined
  const choose = (value: string) => {
    if (value === CUSTOM) openPanel()
    else change(value === '' ? { range: undefined, from: undefined, to: undefined } : { range: value })
  }
  return (
    <select
      className="input range"
      aria-label="Time range"
      value={isCustom ? CUSTOM : (filters.range ?? '')}
      onChange={({ target }) => choose(target.value)}
    >
      <option value="">Any time</option>
      {Object.entries(RANGES).map(([value, { name }]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
      <option value={CUSTOM}>From … to …</option>
    </select>
  )
}
