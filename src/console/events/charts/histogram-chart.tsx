import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { useWidth } from '../../blocks/use-width.ts'
import { changed, type Filters, writeFilters } from '../filters.ts'
import { HistogramAxes } from './histogram-axes.tsx'
import { HistogramSegment } from './histogram-segment.tsx'
import { type Histogram, layoutOf, neighbour, type Segment } from './layout.ts'

const LEAST_WIDTH = 120
const BOX = { height: 150, left: 36, bottom: 20, top: 8 }

/** Bars of categories; each part is a link that filters. Tab reaches one of them, arrow keys the others. */
export function HistogramChart(props: {
  histogram: Histogram
  categories: readonly string[]
  filters: Filters
}) {
  const { histogram, categories, filters } = props
  const [frame, frameWidth] = useWidth<HTMLDivElement>()
  const parts = useRef<SVGSVGElement>(null)
  const box = { ...BOX, width: Math.max(frameWidth, LEAST_WIDTH) }
  const [current, setCurrent] = useState(0)
  const { segments, xTicks, yTicks } = useMemo(
    () => layoutOf(histogram, categories, { ...BOX, width: box.width }),
    [histogram, categories, box.width],
  )
  const reachable = Math.min(current, Math.max(0, segments.length - 1))
  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.key.startsWith('Arrow')) return
    event.preventDefault()
    const next = neighbour(segments, reachable, event.key)
    setCurrent(next)
    parts.current?.querySelectorAll('a')[next]?.focus()
  }
  const hrefOf = ({ at, category }: Segment) =>
    `/${writeFilters(changed(filters, { category, from: String(at), to: String(at + histogram.slice) }))}`
  return (
    <div ref={frame} className="chart-frame">
      {segments.length === 0 && <p className="soft small nothing">No events in this time</p>}
      <HistogramAxes box={box} xTicks={xTicks} yTicks={yTicks} />
      <svg ref={parts} width={box.width} height={box.height} className="segments">
        <title>Bars by time: arrow keys move between their parts, Enter filters</title>
        {segments.map((segment, index) => (
          <HistogramSegment
            key={`${segment.at}-${segment.category}`}
            segment={segment}
            slice={histogram.slice}
            href={hrefOf(segment)}
            isReachable={index === reachable}
            onFocus={() => setCurrent(index)}
            onKeyDown={onKeyDown}
          />
        ))}
      </svg>
    </div>
  )
}
