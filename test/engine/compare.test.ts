/** New events are distinguished from known ones by the ledger alone. */
import { expect, it } from 'vitest'
import { onlyNew } from '../../src/ledger/compare.ts'
import { auditEvents } from '../conformance/batches.ts'
import { openStore } from './lane-rig.ts'
import { spool } from './spooled-events.ts'

const events = auditEvents(600)
const uids = (of: readonly { uid: string }[]) => of.map((event) => event.uid)

it('takes everything where the ledger knows nothing', async () => {
  const store = openStore()
  expect(await onlyNew(store, 'acme', events)).toEqual(events)
  expect(await onlyNew(store, 'acme', [])).toEqual([])
})

it('takes what the ledger does not hold, in the same order, over many minutes', async () => {
  const store = openStore()
  await spool(
    store,
    events.filter((_, at) => at % 3 !== 0),
  )
  expect(uids(await onlyNew(store, 'acme', events))).toEqual(uids(events.filter((_, at) => at % 3 === 0)))
  await spool(
    store,
    events.filter((_, at) => at % 3 === 0),
  )
  expect(await onlyNew(store, 'acme', [...events].reverse())).toEqual([])
})

it('knows an event in its own source and its own minute only', async () => {
  const store = openStore()
  await spool(store, events.slice(0, 10))
  expect(await onlyNew(store, 'other', events.slice(0, 10))).toHaveLength(10)
  const moved = events.slice(0, 10).map((event) => ({ ...event, timestamp: event.timestamp + 60 }))
  expect(await onlyNew(store, 'acme', moved)).toHaveLength(10)
})

it('asks for no more of the ledger than the events span', async () => {
  const store = openStore()
  const asked: number[][] = []
  const { ledger } = store
  store.ledger = (source, from, to) => {
    asked.push([from, to])
    return ledger(source, from, to)
  }
  await onlyNew(store, 'acme', [...events.slice(60, 90)].reverse())
  const minute = (at: number) => Math.floor((events[at]?.timestamp ?? 0) / 60)
  expect(asked).toEqual([[minute(60), minute(89)]])
})
