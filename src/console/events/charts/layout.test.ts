import { describe, expect, it } from 'vitest'
import { type Histogram, layoutOf, neighbour, short, totalsOf } from './layout.ts'

const BOX = { width: 640, height: 120, left: 40, bottom: 20, top: 10 }
const HISTOGRAM: Histogram = {
  from: 999_970,
  to: 1_000_170,
  slice: 60,
  slices: [
    { at: 999_960, counts: { stacks: 30, teams: 10 } },
    { at: 1_000_080, counts: { stacks: 5 } },
  ],
}
const CATEGORIES = ['stacks', 'teams']

describe('the layout of the histogram', () => {
  it('stacks the categories in their order, from the bottom up', () => {
    const { segments } = layoutOf(HISTOGRAM, CATEGORIES, BOX)
    expect(segments.map(({ at, category, count }) => [at, category, count])).toEqual([
      [999_960, 'stacks', 30],
      [999_960, 'teams', 10],
      [1_000_080, 'stacks', 5],
    ])
    const [stacks, teams] = segments
    expect((stacks?.y ?? 0) + (stacks?.height ?? 0)).toBe(100)
    expect((teams?.y ?? 0) + (teams?.height ?? 0)).toBeCloseTo(stacks?.y ?? 0)
    expect(stacks?.height).toBeCloseTo(3 * (teams?.height ?? 0))
  })

  it('draws whole slices side by side within the box', () => {
    const { segments } = layoutOf(HISTOGRAM, CATEGORIES, BOX)
    // Four slices from 999,960 to 1,000,200 share 600 px.
    expect(segments.map(({ x }) => x)).toEqual([40, 40, 340])
    for (const { x, width } of segments) expect(x + width).toBeLessThanOrEqual(640)
    expect(segments[0]?.width).toBe(148)
  })

  it('keeps one event among a million visible', () => {
    const counts = { stacks: 1_000_000, teams: 1 }
    const { segments } = layoutOf({ ...HISTOGRAM, slices: [{ at: 999_960, counts }] }, CATEGORIES, BOX)
    expect(segments[1]?.height).toBe(1.5)
  })

  it('has ticks only for whole events, and none for nothing', () => {
    const one = { ...HISTOGRAM, slices: [{ at: 999_960, counts: { stacks: 1 } }] }
    expect(layoutOf(one, CATEGORIES, BOX).yTicks.map(({ text }) => text)).toEqual(['0', '1'])
    expect(layoutOf({ ...HISTOGRAM, slices: [] }, [], BOX).segments).toEqual([])
  })
})

describe('walking over the segments by arrow keys', () => {
  const { segments } = layoutOf(HISTOGRAM, CATEGORIES, BOX)
  it.each([
    [0, 'ArrowUp', 1],
    [1, 'ArrowUp', 1],
    [1, 'ArrowDown', 0],
    [0, 'ArrowDown', 0],
    [0, 'ArrowRight', 2],
    [1, 'ArrowRight', 2],
    [2, 'ArrowRight', 2],
    [2, 'ArrowLeft', 0],
    [9, 'ArrowLeft', 9],
  ])('from %i by %s to %i', (at, key, to) => {
    expect(neighbour(segments, at, key)).toBe(to)
  })
})

it('sums up categories, the largest first', () => {
  expect(totalsOf(HISTOGRAM)).toEqual([
    { category: 'stacks', count: 35 },
    { category: 'teams', count: 10 },
  ])
})

it.each([
  [0, '0'],
  [999, '999'],
  [1_250, '1.3k'],
  [3_000_000, '3M'],
])('shortens %i to %s', (count, text) => {
  expect(short(count)).toBe(text)
})
