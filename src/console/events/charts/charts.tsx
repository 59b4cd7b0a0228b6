import { useState } from 'react'
import { useClock } from '../../blocks/clock.ts'
import type { Filters } from '../filters.ts'
import type { Change } from '../use-filters.ts'
import { chartQuery, namesTime } from './chart-query.ts'
import { HistogramCard } from './histogram-card.tsx'
import { TopCard } from './top-card.tsx'

const KEY = 'auditferry.charts'

/** Above the list, and of the same events. `newest` is the archive's newest event, in Unix seconds. */
export function Charts(props: { filters: Filters; change: (change: Change) => void; newest: number | null }) {
  const { filters, change, newest } = props
  const [open, setOpen] = useState(() => readOpen())
  const now = useClock()
  const query = chartQuery(filters, newest, now())
  return (
    <details
      className="charts"
      open={open}
      onToggle={({ currentTarget }) => {
        setOpen(currentTarget.open)
        keepOpen(currentTarget.open)
      }}
    >
      <summary>Overview{namesTime(filters) ? '' : ' of the last day with events'}</summary>
      {open && (
        <div className="chart-grid">
          <HistogramCard query={query} filters={filters} change={change} />
          <TopCard title="Most active users" field="login" query={query} change={change} />
          <TopCard title="Users with failures" field="login" failures query={query} change={change} />
          <TopCard title="Addresses with failures" field="address" failures query={query} change={change} />
        </div>
      )}
    </details>
  )
}

/** On a small screen the events come first; the charts open on request. */
function readOpen(): boolean {
  const isWide = window.innerWidth >= 720
  try {
    return (localStorage.getItem(KEY) ?? (isWide ? 'open' : 'closed')) === 'open'
  } catch {
    return isWide
  }
}

function keepOpen(open: boolean): void {
  try {
    localStorage.setItem(KEY, open ? 'open' : 'closed')
  } catch {
    // Storage can be forbidden; then the choice lasts until the user leaves the page.
  }
}
