/** What every store must do, embedded or Redis: the contract in `src/spool/store.ts`, clause by clause. */
import { afterEach, beforeEach, describe } from 'vitest'
import type { Store } from '../../src/spool/store.ts'
import { describeDays } from './store-days.ts'
import { describeLanes } from './store-lanes.ts'
import { describeLedger } from './store-ledger.ts'
import { describeLeftLanes } from './store-left-lanes.ts'
import { describeLog } from './store-log.ts'
import { describeMany } from './store-many.ts'
import { describeModel } from './store-model.ts'
import { describePauses } from './store-pauses.ts'
import { describeReplays } from './store-replays.ts'
import { describeTrail } from './store-trail.ts'

export interface OpenStore {
  readonly store: Store
  /** Closes the store and opens the same state again, as the next process does. */
  reopen(): Promise<Store>
  /** Closes the open store and removes its state. */
  remove(): Promise<void>
  /** From now on, everything stored counts as older by this much. */
  age(ms: number): Promise<void>
}

/** The store under test; `now` is the open one. */
export interface StoreUnderTest {
  now(): Store
  reopen(): Promise<Store>
  age(ms: number): Promise<void>
  /** Runs the check, and runs it again after the store was reopened. */
  twice(check: (store: Store) => Promise<void>): Promise<void>
}

/** `open` gives a new, empty store each time. */
export function storeSuite(name: string, open: () => Promise<OpenStore>): void {
  describe(name, () => {
    let opened: OpenStore
    let store: Store
    const underTest: StoreUnderTest = {
      now: () => store,
      async reopen() {
        store = await opened.reopen()
        return store
      },
      age: (ms) => opened.age(ms),
      async twice(check) {
        await check(store)
        await check(await underTest.reopen())
      },
    }

    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.remove())

    describe('log', () => describeLog(underTest))
    describe('ledger and quarantine', () => describeLedger(underTest))
    describe('days of the ledgers', () => describeDays(underTest))
    describe('lanes and dead letters', () => describeLanes(underTest))
    describe('long lists', () => describeMany(underTest))
    describe('replays', () => describeReplays(underTest))
    describe('trail, and what is kept for a time', () => describeTrail(underTest))
    describe('lanes that left', () => describeLeftLanes(underTest))
    describe('pauses', () => describePauses(underTest))
    describe('any order of calls', () => describeModel(open))
  })
}
