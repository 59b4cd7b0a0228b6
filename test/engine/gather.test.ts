/** Pages that are ready together become durable together; none is forgotten, and none waits forever. */
import { expect, it } from 'vitest'
import { record } from '../../src/normalise/fixtures/record.ts'
import { createGatherer, joinPages, type PartPage } from '../../src/poll/gather.ts'

const { signal } = new AbortController()

function pageOf(part: number, { records = 1, unreadable = 0 } = {}): PartPage {
  const position = 60_000 - part * 600
  const page = {
    records: Array.from({ length: records }, (_, at) => record({ timestamp: position + records - at })),
    unreadable: Array.from({ length: unreadable }, () => ({ unreadable: 'no row', bytes: Buffer.from('x') })),
    gaps: [],
    position,
  }
  return { part, page }
}

/** Each commit takes one turn of the event loop. */
function rig(most = Number.POSITIVE_INFINITY) {
  const groups: number[][] = []
  const failing = new Set<number>()
  const gather = createGatherer({
    allowance: async () => most,
    async commit(pages) {
      const parts = pages.map(({ part }) => part)
      groups.push(parts)
      await new Promise((resolve) => setImmediate(resolve))
      if (parts.some((part) => failing.has(part))) throw new Error('the disk is full')
    },
  })
  return { groups, failing, gather: (page: PartPage) => gather(page, signal) }
}

it('takes together what comes while others are on their way', async () => {
  const { groups, gather } = rig()
  await Promise.all([0, 1, 2, 3].map((part) => gather(pageOf(part))))
  expect(groups).toEqual([[0, 1, 2, 3]])
  const first = gather(pageOf(4))
  await new Promise((resolve) => setTimeout(resolve, 0))
  await Promise.all([first, gather(pageOf(5)), gather(pageOf(6))])
  expect(groups.flat()).toEqual([0, 1, 2, 3, 4, 5, 6])
})

it('forgets none that comes when another has just become durable', async () => {
  const { groups, gather } = rig()
  const reader = async (part: number) => {
    for (let page = 0; page < 20; page++) await gather(pageOf(part))
  }
  await Promise.all([reader(0), reader(1), reader(2)])
  expect(groups.flat()).toHaveLength(60)
})

it('takes no more together than is allowed, but at least one', async () => {
  const { groups, gather } = rig(10)
  await Promise.all([0, 1, 2].map((part) => gather(pageOf(part, { records: part === 0 ? 12 : 5 }))))
  expect(groups).toEqual([[0], [1, 2]])
})

it('takes one alone that holds what could not be understood', async () => {
  const { groups, gather } = rig()
  await Promise.all([0, 1, 2].map((part) => gather(pageOf(part, { unreadable: part === 1 ? 1 : 0 }))))
  expect(groups).toEqual([[0], [1], [2]])
})

it('tells everyone of a group that failed, and goes on', async () => {
  const { failing, gather } = rig()
  failing.add(1)
  const ends = await Promise.allSettled([0, 1].map((part) => gather(pageOf(part))))
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await gather(pageOf(2))
})

it('joins pages newest first', () => {
  const { records, position } = joinPages([pageOf(2), pageOf(0, { records: 2 }), pageOf(1)])
  expect(records.map(({ timestamp }) => timestamp)).toEqual([60_002, 60_001, 59_401, 58_801])
  expect(position).toBe(58_800)
})
