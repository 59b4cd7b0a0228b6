import { expect, it } from 'vitest'
import { record } from '../normalise/fixtures/record.ts'
import type { Page } from './pages.ts'
import { byWholeMinutes } from './whole-minutes.ts'

const MINUTE = 60_000 * 60
const reason = 'this one second fills a page of the source'

/** Seconds after {@link MINUTE}. */
function page(position: number, seconds: readonly number[], more: Partial<Page> = {}): Page {
  const records = seconds.map((second) => record({ timestamp: MINUTE + second }))
  return { records, unreadable: [], gaps: [], position: MINUTE + position, ...more }
}

async function cut(end: number, pages: readonly Page[]) {
  const emitted: Page[] = []
  const emit = byWholeMinutes(MINUTE + end, async (it) => void emitted.push(it))
  for (const it of pages) await emit(it)
  return emitted.map(({ records, gaps, position, unreadable }) => ({
    seconds: records.map(({ timestamp }) => timestamp - MINUTE),
    gaps: gaps.map(({ second }) => second - MINUTE),
    position: position - MINUTE,
    unreadable: unreadable.length,
  }))
}

it('passes a minute on when it was read to its beginning, with its gaps', async () => {
  const gaps = [{ second: MINUTE + 119, reason }]
  const pages = [page(119, [125, 120, 119], { gaps }), page(60, [70, 60])]
  expect(await cut(0, pages)).toEqual([
    { seconds: [125, 120], gaps: [], position: 120, unreadable: 0 },
    { seconds: [119, 70, 60], gaps: [119], position: 60, unreadable: 0 },
  ])
})

it('passes on what a walk read of the minute in which it ends', async () => {
  const pages = [page(119, [119]), page(95, [100, 95])]
  expect(await cut(95, pages)).toEqual([
    { seconds: [], gaps: [], position: 120, unreadable: 0 },
    { seconds: [119, 100, 95], gaps: [], position: 95, unreadable: 0 },
  ])
})

it('holds back a page that ends no minute, except what could not be read', async () => {
  const unreadable = [{ unreadable: 'no time', bytes: new Uint8Array() }]
  const pages = [page(119, [119]), page(110, [110]), page(100, [100], { unreadable }), page(60, [60])]
  expect(await cut(0, pages)).toEqual([
    { seconds: [], gaps: [], position: 120, unreadable: 0 },
    { seconds: [], gaps: [], position: 120, unreadable: 1 },
    { seconds: [119, 110, 100, 60], gaps: [], position: 60, unreadable: 0 },
  ])
})
