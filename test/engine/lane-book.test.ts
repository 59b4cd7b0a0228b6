/** A lane's bookkeeping compared with the simplest model of it: a set of what is settled. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLaneBook, type LaneBook, rangesOf } from '../../src/deliver/lane-book.ts'
import { openLaneState } from '../../src/deliver/lane-state.ts'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'
import { freshCursor, type LaneState, type Range } from '../../src/spool/lane-state.ts'
import { lowWaterOf } from '../../src/spool/low-water.ts'
import type { LogBounds } from '../../src/spool/store.ts'
import { sinkConfig } from './sample-config.ts'

const empty = { cursors: { acme: freshCursor(0) } }

describe('the book', () => {
  it('writes offsets as ranges', () => {
    expect(rangesOf([])).toEqual([])
    expect(rangesOf([4, 5, 6, 8, 10, 11])).toEqual([
      [4, 7],
      [8, 9],
      [10, 12],
    ])
  })

  it('is as far as its oldest open event', () => {
    const book = createLaneBook(empty)
    const first = book.open('acme', [0, 1, 3], 5)
    const second = book.open('acme', [5, 6], 7)
    expect([book.next('acme'), lowWater(book, 'acme'), openEvents(book, 'acme')]).toEqual([7, 0, 5])
    book.close('acme', second, [5, 6])
    expect(lowWater(book, 'acme')).toBe(0)
    book.close('acme', first, [0, 1])
    expect([lowWater(book, 'acme'), openEvents(book, 'acme')]).toEqual([3, 1])
    book.close('acme', first, [3])
    expect(lowWater(book, 'acme')).toBe(7)
  })

  it('moves on over events that no batch holds', () => {
    const book = createLaneBook(empty)
    book.open('acme', [], 9)
    expect(lowWater(book, 'acme')).toBe(9)
    expect(book.snapshot().cursors.acme).toEqual(freshCursor(9))
  })

  it('keeps sources apart, and begins unknown ones at 0', () => {
    const book = createLaneBook(empty)
    book.open('acme', [0], 1)
    book.count('b', 'delivered', 3)
    expect([lowWater(book, 'b'), openEvents(book, 'b')]).toEqual([0, 0])
    expect(book.snapshot().cursors.b).toEqual({ ...freshCursor(0), delivered: 3 })
    expect(book.snapshot().cursors.acme?.delivered ?? 0).toBe(0)
  })

  it('keeps its notes', () => {
    const book = createLaneBook({ ...empty, lastError: 'HTTP 503', lastDelivery: 1 })
    book.note({ lastDelivery: 2 })
    expect(book.snapshot()).toMatchObject({ lastError: 'HTTP 503', lastDelivery: 2 })
    expect(createLaneBook(empty).snapshot()).toEqual(empty)
  })

  it('loses and doubles no event over any settling and restarting', () => {
    const check = fc.property(fc.array(steps, { maxLength: 40 }), (history) => {
      const it: Played = { book: createLaneBook(empty), open: new Set() }
      for (const step of history) {
        play(it, step)
        const expected = [...it.open].sort(ascending)
        expect(openEvents(it.book, 'acme')).toBe(expected.length)
        expect(lowWater(it.book, 'acme')).toBe(expected[0] ?? it.book.next('acme'))
        const ranges = it.book.snapshot().cursors.acme?.open.flatMap((extent) => extent.ranges) ?? []
        expect(offsetsOf(ranges).sort(ascending)).toEqual(expected)
      }
    })
    fc.assert(check, { numRuns: 200 })
  })
})

/** `which`: bits that select from eight events. */
type Step =
  | { readonly do: 'open'; readonly which: number }
  | { readonly do: 'close'; readonly batch: number; readonly which: number }
  | { readonly do: 'restart' }

interface Played {
  book: LaneBook
  /** The model: all offsets that are open. */
  readonly open: Set<number>
}

const which = fc.nat({ max: 255 })
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('open' as const), which }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('close' as const), batch: fc.nat(), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
)

function play(it: Played, step: Step): void {
  const { book, open } = it
  if (step.do === 'restart') {
    it.book = createLaneBook(JSON.parse(JSON.stringify(book.snapshot())) as LaneState)
    return
  }
  const picked = (offsets: readonly number[]) => offsets.filter((_, at) => (step.which >> (at % 8)) & 1)
  if (step.do === 'open') {
    const next = book.next('acme')
    const offsets = picked(offsetsOf([[next, next + 8]]))
    book.open('acme', offsets, next + 8)
    for (const offset of offsets) open.add(offset)
    return
  }
  const batches = book.leftOpen()
  const batch = batches[step.batch % Math.max(1, batches.length)]
  if (batch === undefined) return
  const settled = picked(offsetsOf(batch.ranges))
  book.close('acme', batch.batch, settled)
  for (const offset of settled) open.delete(offset)
}

function offsetsOf(ranges: readonly Range[]): number[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => from + at))
}

function ascending(left: number, right: number): number {
  return left - right
}

describe('where a lane takes up its work', () => {
  const LOG: LogBounds = { start: 10, end: 50, bytes: 1 }

  function openState(stored: LaneState | undefined, changes: Parameters<typeof sinkConfig>[0] = {}) {
    const said: [string, LogFields | undefined][] = []
    const warn = (message: string, fields?: LogFields) => void said.push([message, fields])
    const log = (source: string) => (source === 'acme' ? LOG : { start: 0, end: 0, bytes: 0 })
    const state = openLaneState(stored, sinkConfig(changes), log, { ...silentLogger, warn })
    return { cursors: state.cursors, said }
  }

  it('is the end of a log that it does not know, or its beginning when the operator wants all', () => {
    expect(openState(undefined).cursors).toEqual({ acme: freshCursor(50) })
    expect(openState(undefined, { start: 'beginning' }).cursors).toEqual({ acme: freshCursor(10) })
  })

  it('is none in a log that ends before it: what is appended then would be passed over', () => {
    const open = () => openState({ cursors: { acme: freshCursor(51) } })
    expect(open).toThrow(
      /^the state of acme is damaged: \w+ has read its log up to offset 51, and it ends at 50\./,
    )
    expect(openState({ cursors: { other: freshCursor(51) } }).said).toEqual([])
  })

  it('is where it was', () => {
    const cursor = { ...freshCursor(20), open: [{ ranges: [[12, 14]] as const }], delivered: 3 }
    expect(openState({ cursors: { acme: cursor } }, { start: 'beginning' })).toEqual({
      cursors: { acme: cursor },
      said: [],
    })
  })

  it('is what the log still holds, after it was trimmed while the sink was disabled', () => {
    const cursor = { ...freshCursor(7), open: [{ ranges: [[2, 4]] as const }], filtered: 3 }
    const { cursors, said } = openState({ cursors: { acme: cursor } })
    expect(cursors.acme).toEqual({ ...freshCursor(10), filtered: 3 })
    expect(said).toEqual([
      [
        'events were trimmed while the sink was not in the configuration or disabled',
        { source: 'acme', events: 5 },
      ],
    ])
  })

  it('leaves out open events that the log no longer holds, though it had formed batches beyond them', () => {
    const open = [
      { ranges: [[2, 4]] as const },
      {
        ranges: [
          [8, 12],
          [14, 15],
        ] as const,
      },
    ]
    const { cursors, said } = openState({ cursors: { acme: { ...freshCursor(20), open } } })
    expect(cursors.acme?.open).toEqual([
      {
        ranges: [
          [10, 12],
          [14, 15],
        ],
      },
    ])
    expect(cursors.acme?.next).toBe(20)
    expect(said).toEqual([
      [
        'events were trimmed while the sink was not in the configuration or disabled',
        { source: 'acme', events: 4 },
      ],
    ])
  })

  it('does so for a source too that the sink takes no more from', () => {
    const cursor = { ...freshCursor(7), open: [{ ranges: [[2, 4]] as const }] }
    const { cursors, said } = openState({ cursors: { acme: cursor } }, { sources: ['other'] })
    expect(cursors).toEqual({ acme: freshCursor(7), other: freshCursor(0) })
    expect(said.map(([, fields]) => fields)).toEqual([{ source: 'acme', events: 2 }])
  })
})

function lowWater(book: LaneBook, source: string): number {
  return lowWaterOf(book.snapshot(), source)
}

function openEvents(book: LaneBook, source: string): number {
  const extents = book.snapshot().cursors[source]?.open ?? []
  return extents.flatMap(({ ranges }) => ranges).reduce((sum, [from, to]) => sum + to - from, 0)
}
