import { format } from 'date-fns/format'
import type { Histogram } from './layout.ts'

/** The chart as a table, for those who don't see it. */
export function HistogramTable(props: { histogram: Histogram; categories: readonly string[] }) {
  const { histogram, categories } = props
  return (
    <div className="visually-hidden">
      <table>
        <caption>Events by category over time</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {categories.map((category) => (
              <th key={category} scope="col">
                {category}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {histogram.slices.map(({ at, counts }) => (
            <tr key={at}>
              <th scope="row">{format(at * 1000, 'd MMM HH:mm:ss xxx')}</th>
              {categories.map((category) => (
                <td key={category}>{counts[category] ?? 0}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
