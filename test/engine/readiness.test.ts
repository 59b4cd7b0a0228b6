/**
 * What a store has refused keeps the engine from being ready until the store takes it; nothing else makes up for it.
 */
import { expect, it } from 'vitest'
import { watchWrites } from '../../src/engine/readiness.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import { ClaimLost, type Store } from '../../src/spool/store.ts'
import { openStore } from './lane-rig.ts'

function openRefusing() {
  const store = openStore()
  const script: { fault: Error | undefined } = { fault: undefined }
  const append: Store['append'] = async (it) => {
    if (script.fault !== undefined) throw script.fault
    return store.append(it)
  }
  const settle: Store['settle'] = async (it) => {
    if (script.fault !== undefined) throw script.fault
    return store.settle(it)
  }
  const { readiness, store: watched } = watchWrites({ ...store, append, settle })
  const reasons = (paused = '') => {
    const { ready, reasons } = readiness(true, (component) => (component === paused ? 'by dana' : undefined))
    expect(ready).toBe(reasons.length === 0)
    return reasons
  }
  const poll = (source: string, fault?: Error) => {
    script.fault = fault
    return watched.append({ source, state: freshSource, ledger: [], quarantined: [] }).catch(() => undefined)
  }
  const deliver = (fault?: Error) => {
    script.fault = fault
    return watched.settle([]).catch(() => undefined)
  }
  return { reasons, poll, deliver }
}

const FULL = new Error('disk is full')

it('remembers by whose write it was, until one of theirs is taken', async () => {
  const { reasons, poll, deliver } = openRefusing()
  await poll('acme', FULL)
  await poll('lab', new Error('read-only'))
  await deliver(FULL)
  expect(reasons()).toEqual(['disk is full', 'read-only'])
  await deliver()
  await poll('lab')
  expect(reasons()).toEqual(['disk is full'])
  expect(reasons('source acme')).toEqual([])
  await poll('acme')
  expect(reasons()).toEqual([])
})

it('takes the write of a claim that was lost for no fault of the store', async () => {
  const { reasons, poll } = openRefusing()
  await poll('acme', new ClaimLost('lost'))
  expect(reasons()).toEqual([])
})
