/**
 * Events that are sent again: kept beside the dead letters, at most one waiting row for each, and counted separately.
 */
import { expect, it } from 'vitest'
import type { StoreUnderTest } from './store.ts'
import { deadLetter, digestOf, fill, lane, SOURCE, settlement, sinkMinute } from './store-samples.ts'

export function describeReplays(store: StoreUnderTest): void {
  const replay = (id: string, changes = {}) => deadLetter(id, { state: 'replay', ...changes })
  const waiting = async (sink = 'soc') =>
    (await store.now().deadLetters({ sink, state: 'replay' })).map(({ id }) => id)

  it('keeps them complete, oldest first, apart from dead letters', async () => {
    await store.now().settle([settlement({ deadLettered: [deadLetter('d1')] })])
    const first = replay('r1', { at: 10, event: '{"description":"🔐"}' })
    await store.now().queueReplays([replay('r2', { at: 20 }), first, replay('o1', { source: 'b', at: 15 })])
    await store.twice(async (now) => {
      expect(await waiting()).toEqual(['r1', 'o1', 'r2'])
      expect((await now.deadLetters({ sink: 'soc', state: 'replay', limit: 1 }))[0]).toEqual(first)
      expect((await now.deadLetters({})).map(({ id }) => id)).toEqual(['d1'])
      expect((await now.deadLetters({ sink: 'soc' })).map(({ id }) => id)).toEqual(['d1'])
      expect(await now.countDeadLetters('soc', 'replay')).toBe(3)
      expect(await now.countDeadLetters('soc', 'parked')).toBe(1)
    })
  })

  it('holds each once, however often it is queued', async () => {
    await store.now().queueReplays([replay('r1'), replay('r2')])
    await store.now().queueReplays([replay('r2'), replay('r3')])
    expect(await waiting()).toEqual(['r1', 'r2', 'r3'])
    await store.now().queueReplays([])
    expect(await store.now().countDeadLetters('soc', 'replay')).toBe(3)
  })

  it('is only affected by what is done to dead letters if that is requested', async () => {
    await store.now().settle([settlement({ deadLettered: [deadLetter('d1')] })])
    await store.now().queueReplays([replay('r1'), replay('r2')])
    expect(await store.now().queueDeadLetters({})).toBe(1)
    expect(await store.now().dropDeadLetters({ sink: 'soc' })).toBe(1)
    expect(await waiting()).toEqual(['r1', 'r2'])
    expect(await store.now().dropDeadLetters({ sink: 'soc', state: 'replay' })).toBe(2)
    expect(await waiting()).toEqual([])
    expect(await store.now().deadLetters({ ids: ['r1'] })).toEqual([])
  })

  it('disappears once sent, and becomes a dead letter if refused, until it is queued again', async () => {
    await store.now().queueReplays([replay('r1'), replay('r2'), replay('r3')])
    const refused = deadLetter('r2', { reason: 'HTTP 422' })
    await store.now().settle([settlement({ redelivered: ['r1'], deadLettered: [refused] })])
    expect(await waiting()).toEqual(['r3'])
    expect(await store.now().deadLetters({ sink: 'soc' })).toEqual([refused])
    await store.now().queueReplays([replay('r2')])
    expect(await store.now().deadLetters({ sink: 'soc' })).toEqual([])
    expect(await waiting()).toEqual(['r2', 'r3'])
  })

  it('is counted on its own, in the lane and in the ledger of the sink', async () => {
    await fill(store.now(), [5])
    const state = lane(5)
    const cursor = { ...state.cursors[SOURCE], replayed: 2 }
    await store.now().settle([
      settlement({
        state: { cursors: { [SOURCE]: cursor as (typeof state.cursors)[string] } },
        ledger: [sinkMinute({ delivered: 3, digest: digestOf(7n) })],
      }),
    ])
    await store.now().settle([settlement({ state, ledger: [sinkMinute({ replayed: 2 })] })])
    await store.now().settle([settlement({ state, ledger: [sinkMinute({ replayed: 1, filtered: 1 })] })])
    const [kept] = await (await store.reopen()).sinkLedger('soc', SOURCE, 0, 99)
    expect(kept).toMatchObject({ minute: 10, delivered: 3, filtered: 1, deadLettered: 0, replayed: 3 })
    expect(Buffer.from(kept?.digest ?? []).toString('hex')).toBe(`${'0'.repeat(31)}7`)
  })

  it('keeps what the lane has replayed', async () => {
    await fill(store.now(), [5])
    const cursor = { next: 5, open: [], delivered: 5, filtered: 0, deadLettered: 0, replayed: 4 }
    await store.now().settle([settlement({ state: { cursors: { [SOURCE]: cursor } } })])
    expect((await (await store.reopen()).loadLane('soc'))?.cursors[SOURCE]).toEqual(cursor)
  })
}
