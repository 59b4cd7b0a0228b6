import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createImportRecord } from '../../src/import/import-record.ts'
import type { ImportResult } from '../../src/import/request.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const came = (added: number, known = 0): ImportResult => ({ added, known, filtered: 1, refused: [] })
const deed = (details: Record<string, unknown> = {}) => ({ outcome: 'success' as const, details })
const BEGIN = { id: 'one', files: ['a.csv'] }

function rig() {
  const recorded: { outcome: string; details: Record<string, unknown> }[] = []
  let refusals = 0
  const imports = createImportRecord(async (entry: ReturnType<typeof deed>) => {
    if (refusals-- > 0) throw new Error('no space left')
    recorded.push(entry)
  }, 1_000)
  return { ...imports, recorded, refuse: (times: number) => (refusals = times) }
}

test('one entry for all slices, with their sums, when the last has come', async () => {
  const { take, recorded } = rig()
  await take('dana', deed({ id: 'archive', files: ['a.csv'] }), BEGIN, came(0))
  await take('dana', deed({ id: 'archive' }), { id: 'one' }, came(5, 2))
  await take(
    'dana',
    deed({ id: 'archive' }),
    { id: 'one' },
    { ...came(3), refused: [{ uid: 'u', reason: 'r' }] },
  )
  expect(recorded).toEqual([])
  await take('dana', deed({ id: 'archive' }), { id: 'one', refused: 2, last: true }, came(0))
  const sums = { added: 8, known: 2, filtered: 4, refused: 3 }
  expect(recorded).toEqual([deed({ id: 'archive', files: ['a.csv'], ...sums })])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(recorded).toHaveLength(1)
})

test('imports of two people, and two of one, do not mix', async () => {
  const { take, recorded } = rig()
  for (const [who, id, added] of [
    ['dana', 'one', 1],
    ['lee', 'one', 10],
    ['dana', 'two', 100],
  ] as const)
    await take(who, deed({ who, id }), { id }, came(added))
  for (const [who, id] of [
    ['lee', 'one'],
    ['dana', 'two'],
    ['dana', 'one'],
  ] as const)
    await take(who, deed({ who, id }), { id, last: true }, came(0))
  expect(recorded.map(({ details }) => [details.who, details.id, details.added])).toEqual([
    ['lee', 'one', 10],
    ['dana', 'two', 100],
    ['dana', 'one', 1],
  ])
})

test('a slice by itself is recorded at once; so is one that fails, with what came before', async () => {
  const { take, recorded } = rig()
  await take('dana', deed(), undefined, came(4))
  expect(recorded).toMatchObject([{ details: { added: 4 } }])
  await take('dana', deed(), BEGIN, came(2))
  await take('dana', { outcome: 'failure' as never, details: { reason: 'full' } }, { id: 'one' }, undefined)
  expect(recorded[1]).toMatchObject({ outcome: 'failure', details: { reason: 'full', added: 2 } })
})

test('what a command left behind is recorded after a silence, and again until it can be written', async () => {
  const { take, recorded, refuse } = rig()
  refuse(2)
  await take('dana', deed(), BEGIN, came(2))
  await vi.advanceTimersByTimeAsync(900)
  await take('dana', deed(), { id: 'one' }, came(3))
  await vi.advanceTimersByTimeAsync(900)
  expect(recorded).toEqual([])
  await vi.advanceTimersByTimeAsync(3_000)
  expect(recorded).toMatchObject([{ details: { added: 5 } }])
})

test('never more than a hundred wait, and at the end none', async () => {
  const { take, recorded, close } = rig()
  for (let at = 0; at < 101; at++) await take('dana', deed({ at }), { id: `${at}` }, came(1))
  expect(recorded).toMatchObject([{ details: { at: 0 } }])
  await close()
  expect(recorded).toHaveLength(101)
  await take('dana', deed({ at: 101 }), { id: 'late' }, came(1))
  expect(recorded).toHaveLength(102)
})
