import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { get } from '../../api.ts'
import { ErrorNotice } from '../../blocks/notice.tsx'
import { countText } from '../../blocks/number-text.ts'
import type { Filters } from '../filters.ts'
import type { Change } from '../use-filters.ts'
import { colourOf } from './colours.ts'
import { HistogramChart } from './histogram-chart.tsx'
import { HistogramTable } from './histogram-table.tsx'
import { type Histogram, totalsOf } from './layout.ts'
import { spanText } from './span-text.ts'

export function HistogramCard(props: { query: string; filters: Filters; change: (change: Change) => void }) {
  const { query, filters, change } = props
  const { data, error, isError, refetch } = useQuery({
    queryKey: ['histogram', query],
    queryFn: ({ signal }) => get<Histogram>(`/api/v1/events/histogram?${query}&slices=60`, signal),
    staleTime: 30_000,
    refetchInterval: 60_000,
    placeholderData: keepPreviousData,
  })
  const totals = data === undefined ? [] : totalsOf(data)
  return (
    <section className="card chart-card" aria-label="Events by category over time">
      <header>
        <h2>Events by category</h2>
        {data !== undefined && (
          <span className="soft small numbers push">{spanText(data.from, data.to)}</span>
        )}
      </header>
      {isError && data === undefined && <ErrorNotice error={error} retry={() => refetch()} />}
      {data === undefined ? (
        !isError && <div className="chart-frame waiting" />
      ) : (
        <HistogramChart histogram={data} categories={totals.map((it) => it.category)} filters={filters} />
      )}
      <ul className="legend" aria-label="Categories">
        {totals.map((it) => (
          <li key={it.category}>
            <button
              type="button"
              aria-pressed={it.category === filters.category}
              onClick={() => change({ category: it.category === filters.category ? undefined : it.category })}
            >
              <span className={`swatch ${colourOf(it.category)}`} />
              {it.category} <span className="soft numbers">{countText(it.count)}</span>
            </button>
          </li>
        ))}
      </ul>
      {data !== undefined && <HistogramTable histogram={data} categories={totals.map((it) => it.category)} />}
    </section>
  )
}
