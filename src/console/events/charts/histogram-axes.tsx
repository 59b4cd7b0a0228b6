import type { Box, Tick } from './layout.ts'

/** Lines and times behind the bars. They are decoration: each bar names its own time. */
export function HistogramAxes(props: { box: Box; xTicks: readonly Tick[]; yTicks: readonly Tick[] }) {
  const { box, xTicks, yTicks } = props
  return (
    <svg width={box.width} height={box.height} aria-hidden="true" focusable="false">
      {yTicks.map(({ text, at }) => (
        <g key={text} className="tick">
          <line x1={box.left} x2={box.width} y1={at} y2={at} />
          <text x={box.left - 6} y={at + 3.5} textAnchor="end">
            {text}
          </text>
        </g>
      ))}
      {xTicks.map(({ text, at }) => (
        <text key={at} className="tick" x={at} y={box.height - 4} textAnchor={anchorOf(at, box)}>
          {text}
        </text>
      ))}
    </svg>
  )
}

/** Half of the widest time, `26 Nov`, in pixels. */
const HALF_LABEL = 24

/** The window's edge must not cut off the last label. */
function anchorOf(at: number, { width }: Box): 'middle' | 'end' {
  return at > width - HALF_LABEL ? 'end' : 'middle'
}
