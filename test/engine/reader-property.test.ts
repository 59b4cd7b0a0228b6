/** Whatever a log looks like and wherever walks break off: each second is read once and completely, or is a gap. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { RecordFields } from '../../src/connector.ts'
import type { Page } from '../../src/poll/pages.ts'
import { readDown } from '../../src/poll/reader.ts'
import { recordOf } from './reader-script.ts'
import { createSimulatedLog, type LogSwitches } from './simulated-log.ts'

const logs = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 20 })), { maxLength: 12 })
  .map((seconds) => new Map(seconds))

const switches: fc.Arbitrary<LogSwitches> = fc.record({
  pageSize: fc.oneof(fc.integer({ min: 10, max: 16 }), fc.constant(Number.POSITIVE_INFINITY)),
  inclusive: fc.boolean(),
  tokens: fc.boolean(),
})

const walks = fc.record({
  end: fc.integer({ min: 0, max: 12 }),
  failures: fc.array(fc.nat({ max: 5 }), { maxLength: 4 }),
})

it('reads each second once and whole, or says that it could not', async () => {
  const check = fc.asyncProperty(logs, switches, walks, async (counts, how, { end, failures }) => {
    const wanted = [...counts].filter(([second]) => second >= end)
    const pages = await readAll(recordsOf(counts), how, end, failures)
    const gaps = new Set(pages.flatMap((page) => page.gaps.map(({ second }) => second)))
    const read = pages.flatMap((page) => page.records)

    // The oldest second can't be distinguished from a full page of the same size; no other second is called a gap
    // without need.
    const fillsPage = (second: number) => (counts.get(second) ?? 0) >= how.pageSize
    const needless = [...gaps].filter((second) => !fillsPage(second) && second !== Math.min(...counts.keys()))
    expect(needless).toEqual([])

    const isWhole = (second: number) => !gaps.has(second) || !fillsPage(second)
    const whole = read.filter(({ timestamp }) => isWhole(timestamp)).map(({ raw }) => raw)
    const expected = recordsOf(new Map(wanted.filter(([second]) => isWhole(second))))
    expect(whole.sort()).toEqual(expected.map(({ raw }) => raw).sort())
    expect(new Set(read.map(({ raw }) => raw)).size).toBe(read.length)
    expect(pages.at(-1)?.position).toBe(end)
  })
  await fc.assert(check, { numRuns: 500 })
})

it('asks once a page, and a few times more', async () => {
  const check = fc.asyncProperty(logs, switches, async (counts, how) => {
    const log = createSimulatedLog(recordsOf(counts), how)
    await readDown({ ...walkOf([]), end: () => 0, ask: async (request) => log.read(request) })
    // Each second may cost the answer that cuts it, the one that shows it completely, and one below it.
    expect(log.requests).toBeLessThanOrEqual(3 + log.records.length / how.pageSize + 3 * counts.size)
  })
  await fc.assert(check, { numRuns: 300 })
})

/** Walks until one reaches its end; each continues where the one before broke off. */
async function readAll(
  records: RecordFields[],
  how: LogSwitches,
  end: number,
  failures: number[],
): Promise<Page[]> {
  const log = createSimulatedLog(records, how)
  const pages: Page[] = []
  const walk = walkOf(pages)
  for (const failAfter of [...failures, Number.POSITIVE_INFINITY]) {
    log.failAfter = failAfter
    const position = pages.at(-1)?.position ?? Number.POSITIVE_INFINITY
    if (position <= end) break
    const before = Math.min(position, walk.before)
    const ask: typeof walk.ask = async (request) => log.read(request)
    await readDown({ ...walk, before, position, end: () => end, ask }).catch(() => undefined)
  }
  return pages
}

function walkOf(pages: Page[]): Parameters<typeof readDown>[0] {
  return {
    before: 100,
    position: Number.POSITIVE_INFINITY,
    notBefore: 0,
    end: () => 0,
    capacity: { rows: 0 },
    ask: () => Promise.reject(new Error('no log')),
    emit: async (page) => {
      pages.push(page)
    },
  }
}

/** Second → number of records. */
function recordsOf(counts: ReadonlyMap<number, number>): RecordFields[] {
  return [...counts].flatMap(([second, count]) =>
    Array.from({ length: count }, (_, at) => recordOf(`${second}-${at}`)),
  )
}
