/** Settlements reach the store once, in order, and in few transactions, whatever the store does. */
import { expect, it } from 'vitest'
import { createSettler, type Delta, noDelta } from '../../src/deliver/settler.ts'
import type { LaneState } from '../../src/spool/lane-state.ts'
import { ClaimLost, type Settlement, type Store } from '../../src/spool/store.ts'
import { deadLetter, lane, sinkMinute } from '../conformance/store-samples.ts'
import { openStore, waitFor } from './lane-rig.ts'

/**
 * A store that refuses to settle `refusals` times, and is slow at first, so that a later call could overtake an earlier
 * one.
 */
function reluctantStore(refusals = 0, refusal = new Error('database or disk is full')) {
  const store = openStore()
  const tried: (readonly Settlement[])[] = []
  const taken: (readonly Settlement[])[] = []
  let left = refusals
  const settle: Store['settle'] = async (settlements) => {
    tried.push(settlements)
    await new Promise((resolve) => setTimeout(resolve, 20 / tried.length))
    if (left-- > 0) throw refusal
    await store.settle(settlements)
    taken.push(settlements)
  }
  return { store, tried, taken, settler: createSettler({ ...store, settle }) }
}

const counting = (delivered: number): Delta => ({ ...noDelta, ledger: [sinkMinute({ delivered })] })
const total = async (store: Store) => (await store.sinkLedger('soc', 'acme', 0, 99))[0]?.delivered

it('puts what lanes settle at the same time into one transaction, with the newest state of each', async () => {
  const { store, tried, settler } = reluctantStore()
  let state: LaneState = lane(1)
  const first = settler.settle('soc', () => state, counting(1))
  state = lane(2)
  const second = settler.settle('soc', () => state, { ...counting(10), deadLettered: [deadLetter('d1')] })
  await Promise.all([first, second, settler.settle('lake', () => lane(7), noDelta)])
  expect(tried).toHaveLength(1)
  expect(await store.loadLane('soc')).toEqual(lane(2))
  expect(await store.loadLane('lake')).toEqual(lane(7))
  expect(await total(store)).toBe(11)
  expect(await store.deadLetters({})).toHaveLength(1)
})

it('resolves only once it is durable', async () => {
  const { taken, settler } = reluctantStore()
  let done = false
  const settling = settler
    .settle('soc', () => lane(1), noDelta)
    .then(() => {
      done = true
    })
  expect([done, taken.length]).toEqual([false, 0])
  await settling
  expect(taken).toHaveLength(1)
})

it('never lets an older state overtake a newer one', async () => {
  const { store, taken, settler } = reluctantStore()
  const settling: Promise<void>[] = []
  let next = 0
  while (next < 20) {
    next++
    settling.push(settler.settle('soc', () => lane(next), counting(1)))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await Promise.all(settling)
  const order = taken.map(([it]) => it?.state.cursors.acme?.next ?? 0)
  expect(order.length).toBeGreaterThan(1)
  expect(order).toEqual([...order].sort((left, right) => left - right))
  expect(await store.loadLane('soc')).toEqual(lane(20))
  expect(await total(store)).toBe(20)
})

it('asks a store that refuses until it takes it; nothing is lost, nothing counted twice', async () => {
  const { store, tried, settler } = reluctantStore(2)
  let next = 1
  const first = settler.settle('soc', () => lane(next), counting(1))
  await waitFor(() => settler.trouble() !== undefined)
  expect(settler.trouble()).toBe('database or disk is full')
  next = 2
  const second = settler.settle('soc', () => lane(next), counting(10))
  await Promise.all([first, second])
  expect(tried).toHaveLength(4)
  expect(settler.trouble()).toBeUndefined()
  expect(await store.loadLane('soc')).toEqual(lane(2))
  expect(await total(store)).toBe(11)
})

it('does not ask again once the claim is lost: what it has in memory is another process’s to settle', async () => {
  const { store, tried, settler } = reluctantStore(1, new ClaimLost('soc'))
  await expect(settler.settle('soc', () => lane(1), counting(1))).rejects.toThrow(ClaimLost)
  expect(tried).toHaveLength(1)
  expect(settler.trouble()).toBeUndefined()
  expect(await store.loadLane('soc')).toBeUndefined()
})

it('gives up waiting for the store when the engine stops', async () => {
  const { store, settler } = reluctantStore(Number.POSITIVE_INFINITY)
  const refused = expect(settler.settle('soc', () => lane(1), noDelta)).rejects.toThrow('the engine stops')
  await waitFor(() => settler.trouble() !== undefined)
  settler.stop()
  await refused
  expect(await store.loadLane('soc')).toBeUndefined()
})
