/** Into the dead letters and out of them again: the same uid, and counts that move with the event. */
import { expect, it } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import { delivered, type Outcome } from '../../src/outcome.ts'
import { auditEvents } from '../conformance/batches.ts'
import { openLane, openStore, scriptedSink, waitFor } from './lane-rig.ts'
import { spool } from './spooled-events.ts'

const events = auditEvents(20)
const uids = events.map(({ uid }) => uid)
const bad = uids.slice(3, 8)
const REJECTED: Outcome = { kind: 'rejected', reason: 'HTTP 400', answer: 'x'.repeat(5_000) }

async function rejectSome(changes: Partial<SinkConfig> = {}) {
  const [store, sink] = [openStore(), scriptedSink()]
  await spool(store, events)
  sink.always((batch) => batch.events.map(({ uid }) => (bad.includes(uid) ? REJECTED : delivered)))
  const rig = await openLane(store, sink, { start: 'beginning', ...changes })
  await rig.deliver()
  const counts = async () => {
    const cursor = (await store.loadLane('soc'))?.cursors.acme
    const ledger = await store.sinkLedger('soc', 'acme', 0, 1e9)
    return {
      cursor: [cursor?.delivered, cursor?.deadLettered],
      ledger: [sum(ledger.map((it) => it.delivered)), sum(ledger.map((it) => it.deadLettered))],
      letters: (await store.deadLetters({ sink: 'soc' })).length,
    }
  }
  const mend = () => sink.always((batch) => batch.events.map(() => delivered))
  return { store, sink, rig, counts, mend }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, it) => total + it, 0)

it('keep what the operator needs, and not more of the answer than a page', async () => {
  const { store, counts } = await rejectSome()
  const letters = await store.deadLetters({ sink: 'soc' })
  expect(letters.map(({ uid }) => uid).sort()).toEqual([...bad].sort())
  for (const letter of letters) {
    expect(letter).toMatchObject({ source: 'acme', state: 'parked', attempts: 1, reason: 'HTTP 400' })
    expect(letter.answer).toHaveLength(2_000)
    expect(JSON.parse(letter.event)).toMatchObject({ uid: letter.uid })
  }
  expect(await counts()).toEqual({ cursor: [15, 5], ledger: [15, 5], letters: 5 })
})

it('stay where they are until they are queued', async () => {
  const { store, sink, rig, mend } = await rejectSome()
  mend()
  rig.lane.wakeForLetters()
  await rig.deliver()
  expect(sink.taken).toHaveLength(15)
  expect(await store.countDeadLetters('soc', 'parked')).toBe(5)
})

it('go out again with the same uid once they are queued, and are counted as delivered then', async () => {
  const { store, sink, rig, counts, mend } = await rejectSome()
  mend()
  expect(await store.queueDeadLetters({ sink: 'soc' })).toBe(5)
  rig.lane.wakeForLetters()
  await waitFor(() => sink.taken.length === 20)
  await rig.deliver()
  expect([...sink.taken].sort()).toEqual([...uids].sort())
  expect(await counts()).toEqual({ cursor: [20, 0], ledger: [20, 0], letters: 0 })
})

it('go out again in the next process', async () => {
  const { store, sink, rig, counts, mend } = await rejectSome()
  await rig.stop()
  mend()
  await store.queueDeadLetters({ ids: (await store.deadLetters({ limit: 2 })).map(({ id }) => id) })
  await (await openLane(store, sink)).deliver()
  expect(await counts()).toEqual({ cursor: [17, 3], ledger: [17, 3], letters: 3 })
})

it('that are refused again are parked again, counted once, with all their attempts', async () => {
  const { store, rig, counts } = await rejectSome()
  const before = await store.deadLetters({ sink: 'soc' })
  await store.queueDeadLetters({ sink: 'soc' })
  rig.lane.wakeForLetters()
  await rig.deliver()
  const after = await store.deadLetters({ sink: 'soc' })
  expect(after).toEqual(before.map((letter) => ({ ...letter, attempts: 2 })))
  expect(await counts()).toEqual({ cursor: [15, 5], ledger: [15, 5], letters: 5 })
})

it('are redacted before they are stored, and not once more when they go out', async () => {
  const redact = [{ field: 'actor.login', with: 'hash' } as const]
  const { store, sink, rig, mend } = await rejectSome({ redact })
  const letters = await store.deadLetters({ sink: 'soc' })
  const logins = new Set(events.map(({ actor }) => actor.login))
  expect(letters.some(({ event }) => [...logins].some((login) => event.includes(`"login":"${login}"`)))).toBe(
    false,
  )
  mend()
  sink.answers.push((batch) => {
    expect(batch.events.map(({ payload }) => Buffer.from(payload).toString()).sort()).toEqual(
      letters.map(({ event }) => event).sort(),
    )
    return batch.events.map(() => delivered)
  })
  await store.queueDeadLetters({ sink: 'soc' })
  rig.lane.wakeForLetters()
  await rig.deliver()
  expect(sink.taken).toHaveLength(20)
})
