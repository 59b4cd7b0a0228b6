/** What is sent again goes through the lane like everything else, and is counted separately from what was spooled. */
import { expect, it } from 'vitest'
import { isReplay, replayLetter } from '../../src/deliver/dead-letters.ts'
import { delivered, type Outcome } from '../../src/outcome.ts'
import { auditEvents } from '../conformance/batches.ts'
import { hang, openLane, openStore, scriptedSink, waitFor } from './lane-rig.ts'
import { spool } from './spooled-events.ts'

const events = auditEvents(30)
const uids = events.map(({ uid }) => uid)
const again = events.slice(0, 12)
const REJECTED: Outcome = { kind: 'rejected', reason: 'HTTP 400' }

/** Twenty events were delivered; twelve of them are to be sent again. */
async function queueReplay() {
  const [store, sink] = [openStore(), scriptedSink()]
  await spool(store, events.slice(0, 20))
  const rig = await openLane(store, sink, { start: 'beginning' })
  await rig.deliver()
  const before = await store.sinkLedger('soc', 'acme', 0, 1e9)
  await store.queueReplays(again.map((event) => replayLetter('soc', 'acme', event, 1_000)))
  const counts = async () => {
    const cursor = (await store.loadLane('soc'))?.cursors.acme
    const ledger = await store.sinkLedger('soc', 'acme', 0, 1e9)
    return {
      cursor: [cursor?.delivered, cursor?.deadLettered, cursor?.replayed ?? 0],
      replayed: ledger.reduce((sum, it) => sum + (it.replayed ?? 0), 0),
      ledgerIsSame:
        JSON.stringify(ledger.map(({ replayed: _, ...it }) => it)) ===
        JSON.stringify(before.map(({ replayed: _, ...it }) => it)),
    }
  }
  sink.taken.length = 0
  return { store, sink, rig, counts }
}

it('goes out with the same uids, and leaves what reconciles alone', async () => {
  const { store, sink, rig, counts } = await queueReplay()
  rig.lane.wakeForLetters()
  await rig.deliver()
  expect([...sink.taken].sort()).toEqual(uids.slice(0, 12).sort())
  expect(await counts()).toEqual({ cursor: [20, 0, 12], replayed: 12, ledgerIsSame: true })
  expect(await store.countDeadLetters('soc', 'replay')).toBe(0)
})

it('goes out in the next process', async () => {
  const { store, sink, rig, counts } = await queueReplay()
  await rig.stop()
  await (await openLane(store, sink)).deliver()
  expect(sink.taken).toHaveLength(12)
  expect(await counts()).toMatchObject({ cursor: [20, 0, 12] })
})

it('lets new events go first', async () => {
  const { store, sink, rig } = await queueReplay()
  await rig.stop()
  await spool(store, events.slice(20))
  await (await openLane(store, sink)).deliver()
  expect(sink.taken.slice(0, 10)).toEqual(uids.slice(20))
  expect(sink.taken).toHaveLength(22)
})

it('is sent once more after a crash, and counted once', async () => {
  const { store, sink, rig, counts } = await queueReplay()
  await rig.stop()
  sink.always(hang)
  const dying = await openLane(store, sink)
  const writes = sink.writes.length
  void dying.lane.run()
  dying.lane.flush()
  await waitFor(() => sink.writes.length > writes)
  await dying.stop()
  sink.always((batch) => batch.events.map(() => delivered))
  await (await openLane(store, sink)).deliver()
  expect([...sink.taken].sort()).toEqual(uids.slice(0, 12).sort())
  expect(await counts()).toEqual({ cursor: [20, 0, 12], replayed: 12, ledgerIsSame: true })
})

it('that is refused becomes a dead letter that says so by its id; retried, it is still a replay', async () => {
  const { store, sink, rig, counts } = await queueReplay()
  const bad = uids[3] as string
  sink.always((batch) => batch.events.map(({ uid }) => (uid === bad ? REJECTED : delivered)))
  rig.lane.wakeForLetters()
  await rig.deliver()
  const letters = await store.deadLetters({ sink: 'soc' })
  expect(letters).toMatchObject([{ uid: bad, state: 'parked', reason: 'HTTP 400', attempts: 1 }])
  expect(letters.every(isReplay)).toBe(true)
  expect(await counts()).toEqual({ cursor: [20, 0, 11], replayed: 11, ledgerIsSame: true })
  sink.always((batch) => batch.events.map(() => delivered))
  await store.queueDeadLetters({ sink: 'soc' })
  rig.lane.wakeForLetters()
  await rig.deliver()
  expect(await store.deadLetters({ sink: 'soc' })).toEqual([])
  expect(await counts()).toEqual({ cursor: [20, 0, 12], replayed: 12, ledgerIsSame: true })
})

it('of an event that stands among the dead letters leaves that letter alone', async () => {
  const [store, sink] = [openStore(), scriptedSink()]
  await spool(store, events.slice(0, 3))
  sink.always((batch) => batch.events.map(() => REJECTED))
  const rig = await openLane(store, sink, { start: 'beginning' })
  await rig.deliver()
  const letters = await store.deadLetters({ sink: 'soc' })
  sink.always((batch) => batch.events.map(() => delivered))
  await store.queueReplays(events.slice(0, 3).map((event) => replayLetter('soc', 'acme', event, 1_000)))
  rig.lane.wakeForLetters()
  await rig.deliver()
  expect(sink.taken).toHaveLength(3)
  expect(await store.deadLetters({ sink: 'soc' })).toEqual(letters)
  expect((await store.loadLane('soc'))?.cursors.acme).toMatchObject({
    delivered: 0,
    deadLettered: 3,
    replayed: 3,
  })
})
