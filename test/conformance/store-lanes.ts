/** Lanes, the sinks' ledgers and dead letters: all parts of a settlement take effect together. */
import { beforeEach, expect, it } from 'vitest'
import type { LaneState } from '../../src/spool/lane-state.ts'
import type { StoreUnderTest } from './store.ts'
import {
  deadLetter,
  digestOf,
  fill,
  lane,
  SOURCE,
  settlement,
  sinkMinute,
  unstorable,
} from './store-samples.ts'

export function describeLanes(store: StoreUnderTest): void {
  const settle = (...settlements: Parameters<typeof settlement>[0][]) =>
    store.now().settle(settlements.map((it) => settlement(it)))
  const ids = async (query: Parameters<ReturnType<typeof store.now>['deadLetters']>[0]) =>
    (await store.now().deadLetters(query)).map(({ id }) => id)

  // The log that they read.
  beforeEach(() => fill(store.now(), [6_000_000_000]))

  it('keeps a lane as it is', async () => {
    const state: LaneState = {
      cursors: {
        [SOURCE]: {
          next: 6_000_000_000,
          open: [
            {
              ranges: [
                [1, 3],
                [5, 9],
              ],
            },
            { ranges: [[5_000_000_000, 6_000_000_000]] },
          ],
          delivered: 2 ** 40,
          filtered: 1,
          deadLettered: 2,
        },
        'Ünïcödé 🔐': { next: 0, open: [], delivered: 0, filtered: 0, deadLettered: 0 },
      },
      lastDelivery: 1_795_384_800_123,
      lastError: 'HTTP 503: "später"',
    }
    await settle({ state })
    expect(await store.now().loadLane('soc')).toEqual(state)
    expect(await (await store.reopen()).loadLane('soc')).toEqual(state)
  })

  it('keeps the last of what a lane settles', async () => {
    await Promise.all([settle({ state: lane(1) }), settle({ state: lane(2) }), settle({ state: lane(3) })])
    expect(await store.now().loadLane('soc')).toEqual(lane(3))
  })

  it('settles several lanes in one go', async () => {
    await settle({ sink: 'soc', state: lane(1) }, { sink: 'lake', state: lane(2) })
    expect(await store.now().loadLane('soc')).toEqual(lane(1))
    expect(await store.now().loadLane('lake')).toEqual(lane(2))
  })

  it('changes nothing of any lane when one of them cannot be stored', async () => {
    await settle({ sink: 'soc', state: lane(1), deadLettered: [deadLetter('old')] })
    const good = {
      sink: 'soc',
      state: lane(5),
      ledger: [sinkMinute({ delivered: 4 })],
      deadLettered: [deadLetter('new')],
      redelivered: ['old'],
    }
    await expect(settle(good, { sink: 'lake', state: unstorable(lane(9)) })).rejects.toThrow()
    await store.twice(async (now) => {
      expect(await now.loadLane('soc')).toEqual(lane(1))
      expect(await now.loadLane('lake')).toBeUndefined()
      expect(await now.sinkLedger('soc', SOURCE, 0, 99)).toEqual([])
      expect((await now.deadLetters({})).map(({ id }) => id)).toEqual(['old'])
    })
  })

  it('adds up the ledger of each sink and source', async () => {
    const first = sinkMinute({
      delivered: 3,
      filtered: 1,
      deadLettered: 2,
      digest: digestOf((1n << 128n) - 1n),
    })
    await settle({
      ledger: [first, sinkMinute({ minute: 12, filtered: 1 }), sinkMinute({ source: 'b', delivered: 9 })],
    })
    const second = sinkMinute({ delivered: 2, deadLettered: -2, digest: digestOf(5n) })
    await settle({ ledger: [second] }, { sink: 'lake', ledger: [sinkMinute({ filtered: 7 })] })
    await store.reopen()
    const read = async (sink: string, source: string, from = 0, to = 99) =>
      (await store.now().sinkLedger(sink, source, from, to)).map(({ digest, ...it }) => ({
        ...it,
        digest: Buffer.from(digest).toString('hex').replace(/^0+/, ''),
      }))
    expect(await read('soc', SOURCE)).toEqual([
      { minute: 10, delivered: 5, filtered: 1, deadLettered: 0, digest: '4' },
      { minute: 12, delivered: 0, filtered: 1, deadLettered: 0, digest: '' },
    ])
    expect(await read('soc', SOURCE, 11, 12)).toHaveLength(1)
    expect(await read('soc', 'b')).toMatchObject([{ delivered: 9 }])
    expect(await read('lake', SOURCE)).toMatchObject([{ filtered: 7, delivered: 0 }])
  })

  it('keeps the first and last time at which a minute was settled, if all of them are known', async () => {
    const at = (minute: number, first: number, last = first) =>
      sinkMinute({ minute, delivered: 1, settled: { first, last } })
    await settle({ ledger: [at(10, 50), at(11, 50), sinkMinute({ minute: 12, delivered: 1 }), at(13, 50)] })
    await settle({
      ledger: [at(10, 70), at(11, 30, 40), at(12, 90), sinkMinute({ minute: 13, replayed: 2 })],
    })
    await settle({ ledger: [at(13, 60)] })
    await store.reopen()
    const found = await store.now().sinkLedger('soc', SOURCE, 0, 99)
    expect(found.map(({ minute, settled, replayed }) => [minute, settled, replayed])).toEqual([
      [10, { first: 50, last: 70 }, undefined],
      [11, { first: 30, last: 50 }, undefined],
      [12, undefined, undefined],
      [13, { first: 50, last: 60 }, 2],
    ])
    const [day] = await store.now().sinkLedgerDays('soc', SOURCE, 0, 1)
    expect(day).toMatchObject({ delivered: 8 })
  })

  it('keeps dead letters complete, and finds them by sink, id and state, oldest first', async () => {
    const late = deadLetter('d1', { at: 30, answer: 'nö\u0000', event: '{"description":"🔐"}' })
    await settle({ deadLettered: [late, deadLetter('d2', { at: 20 })] })
    await settle({
      sink: 'lake',
      deadLettered: [deadLetter('d3', { sink: 'lake', at: 10, state: 'queued' })],
    })
    await store.reopen()
    expect(await store.now().deadLetters({ ids: ['d1'] })).toEqual([late])
    expect(await ids({})).toEqual(['d3', 'd2', 'd1'])
    expect(await ids({ sink: 'soc' })).toEqual(['d2', 'd1'])
    expect(await ids({ state: 'queued' })).toEqual(['d3'])
    expect(await ids({ sink: 'soc', state: 'queued' })).toEqual([])
    expect(await ids({ ids: ['d1', 'd3', 'none'], sink: 'soc' })).toEqual(['d1'])
    expect(await ids({ ids: [] })).toEqual([])
    expect(await ids({ limit: 2 })).toEqual(['d3', 'd2'])
  })

  it('pages through dead letters, including many of the same moment', async () => {
    const letters = ['d1', 'd2', 'd3', 'd4'].map((id) => deadLetter(id, { at: 20 }))
    await settle({ deadLettered: [deadLetter('d9', { at: 10 }), ...letters, deadLetter('d0', { at: 30 })] })
    await settle({ sink: 'lake', deadLettered: [deadLetter('l1', { sink: 'lake', at: 40 })] })
    expect(await ids({ limit: 3 })).toEqual(['d9', 'd1', 'd2'])
    expect(await ids({ limit: 3, after: { at: 20, id: 'd2' } })).toEqual(['d3', 'd4', 'd0'])
    expect(await ids({ sink: 'soc', after: { at: 20, id: 'd4' } })).toEqual(['d0'])
    expect(await ids({ after: { at: 40, id: 'l1' } })).toEqual([])
  })

  it('replaces a dead letter that failed again', async () => {
    await settle({ deadLettered: [deadLetter('d1')] })
    await settle({ deadLettered: [deadLetter('d1', { attempts: 7, reason: 'HTTP 422' })] })
    expect(await store.now().deadLetters({})).toEqual([deadLetter('d1', { attempts: 7, reason: 'HTTP 422' })])
  })

  it('queues, counts, drops and redelivers dead letters', async () => {
    await settle({ deadLettered: ['d1', 'd2', 'd3', 'd4'].map((id) => deadLetter(id)) })
    await settle({ sink: 'lake', deadLettered: [deadLetter('l1', { sink: 'lake' })] })
    const count = () =>
      Promise.all([
        store.now().countDeadLetters('soc', 'parked'),
        store.now().countDeadLetters('soc', 'queued'),
      ])
    expect(await store.now().queueDeadLetters({ ids: ['d1', 'd2', 'none'] })).toBe(2)
    expect(await count()).toEqual([2, 2])
    await store.reopen()
    expect(await ids({ state: 'queued' })).toEqual(['d1', 'd2'])
    expect(await store.now().dropDeadLetters({ sink: 'soc', state: 'parked' })).toBe(2)
    await settle({ redelivered: ['d2', 'none'] })
    expect(await count()).toEqual([0, 1])
    expect(await store.now().queueDeadLetters({ sink: 'lake' })).toBe(1)
    expect(await ids({})).toEqual(['d1', 'l1'])
    expect(await store.now().dropDeadLetters({})).toBe(2)
    expect(await ids({})).toEqual([])
  })
}
