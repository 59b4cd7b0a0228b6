/** Where each part of the histogram is drawn: pure arithmetic, in pixels. */
import { max, sum } from 'd3-array'
import { scaleLinear } from 'd3-scale'
import { timeTicks } from './time-ticks.ts'

/** The answer of `/api/v1/events/histogram`. Times are in seconds. */
export interface Histogram {
  readonly from: number
  readonly to: number
  readonly slice: number
  readonly slices: readonly { readonly at: number; readonly counts: Readonly<Record<string, number>> }[]
}

export interface Box {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly bottom: number
  readonly top: number
}

export interface Segment {
  readonly category: string
  readonly count: number
  /** When its slice begins, Unix seconds. */
  readonly at: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Tick {
  readonly text: string
  /** In pixels here; in `time-ticks.ts` it is the time itself. */
  readonly at: number
}

interface ChartLayout {
  /** Bar by bar, each from the bottom up. */
  readonly segments: readonly Segment[]
  readonly xTicks: readonly Tick[]
  readonly yTicks: readonly Tick[]
}

const TICK_PX = 90
/** Pixels: even a few events must be visible. */
const LEAST_PX = 1.5

export function layoutOf(histogram: Histogram, categories: readonly string[], box: Box): ChartLayout {
  const { slice, slices } = histogram
  // The first and the last slice are drawn at full width, even if the range cuts them.
  const begin = Math.floor(histogram.from / slice) * slice
  const end = Math.max(begin + slice, Math.ceil(histogram.to / slice) * slice)
  const x = scaleLinear([begin, end], [box.left, box.width])
  const highest = max(slices, ({ counts }) => sum(Object.values(counts))) ?? 0
  const foot = box.height - box.bottom
  const y = scaleLinear([0, Math.max(1, highest)], [foot, box.top]).nice(3)
  const segments = slices.flatMap(({ at, counts }) => {
    const left = x(at)
    const width = Math.max(1, x(at + slice) - left - gapOf(slices.length))
    let base = foot
    return categories.flatMap((category): Segment[] => {
      const count = counts[category] ?? 0
      if (count === 0) return []
      const height = Math.max(LEAST_PX, foot - y(count))
      base -= height
      return [{ category, count, at, x: left, y: base, width, height }]
    })
  })
  const most = Math.max(2, Math.floor((box.width - box.left) / TICK_PX))
  const xTicks = timeTicks(begin, end, most).map(({ text, at }) => ({ text, at: x(at) }))
  const yTicks = y
    .ticks(3)
    .filter(Number.isInteger)
    .map((count) => ({ text: short(count), at: y(count) }))
  return { segments, xTicks, yTicks }
}

/** Each category's total over all slices, the largest first; equal ones by name. */
export function totalsOf({ slices }: Histogram): readonly { category: string; count: number }[] {
  const totals = new Map<string, number>()
  for (const { counts } of slices) {
    for (const [category, count] of Object.entries(counts)) {
      totals.set(category, (totals.get(category) ?? 0) + count)
    }
  }
  return [...totals]
    .map(([category, count]) => ({ category, count }))
    .sort((a, b) => b.count - a.count || (a.category < b.category ? -1 : 1))
}

/** The segment that an arrow key leads to; at an edge, the same one. */
export function neighbour(segments: readonly Segment[], at: number, key: string): number {
  const here = segments[at]
  if (here === undefined) return at
  if (key === 'ArrowUp' || key === 'ArrowDown') {
    const next = at + (key === 'ArrowUp' ? 1 : -1)
    return segments[next]?.at === here.at ? next : at
  }
  const right = key === 'ArrowRight'
  const beyond = segments.filter((segment) => (right ? segment.at > here.at : segment.at < here.at))
  const time = right ? beyond[0]?.at : beyond.at(-1)?.at
  if (time === undefined) return at
  const bar = segments.flatMap((segment, index) => (segment.at === time ? [{ segment, index }] : []))
  return (bar.find(({ segment }) => segment.category === here.category) ?? bar[0])?.index ?? at
}

/** `950`, `1.2k`, `3M`. */
export function short(count: number): string {
  if (count < 1_000) return String(count)
  const [by, unit] = count < 1_000_000 ? [1_000, 'k'] : [1_000_000, 'M']
  return `${Number((count / by).toFixed(1))}${unit}`
}

function gapOf(bars: number): number {
  return bars > 120 ? 0.5 : 2
}
