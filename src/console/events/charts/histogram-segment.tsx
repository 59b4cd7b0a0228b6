import type { KeyboardEvent } from 'react'
import { Link } from 'wouter'
import { countText } from '../../blocks/number-text.ts'
import { colourOf } from './colours.ts'
import type { Segment } from './layout.ts'
import { spanText } from './span-text.ts'

export function HistogramSegment(props: {
  segment: Segment
  /** Seconds. */
  slice: number
  href: string
  isReachable: boolean
  onFocus: () => void
  onKeyDown: (event: KeyboardEvent) => void
}) {
  const { segment, slice, href, isReachable, onFocus, onKeyDown } = props
  const { category, count, at, x, y, width, height } = segment
  const label = `${category}: ${countText(count)}, ${spanText(at, at + slice)}`
  return (
    <Link
      href={href}
      className={`segment ${colourOf(category)}`}
      aria-label={label}
      tabIndex={isReachable ? 0 : -1}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
      <title>{label}</title>
      <rect x={x} y={y} width={width} height={height} />
    </Link>
  )
}
