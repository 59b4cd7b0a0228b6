/** Into the dead letters and out of them again: the uid stays the same, and the counts move with the event. */
import { expect, it } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import { redeliver, replayLetter } from '../../src/deliver/dead-letters.ts'
import { compileRules } from '../../src/deliver/rules.ts'
import { startWork } from '../../src/deliver/work.ts'
import type { AuditEvent } from '../../src/event.ts'
import { parseNativeText } from '../../src/formats/native.ts'
import { delivered, type Outcome } from '../../src/outcome.ts'
import type { DeadLetter } from '../../src/spool/store.ts'
import { auditEvents } from '../conformance/batches.ts'
import { all, openLane, openStore, scriptedSink, waitFor } from './lane-rig.ts'
import { sinkConfig } from './sample-config.ts'
import { spool } from './spooled-events.ts'

const known = auditEvents(25)
const events = known.slice(0, 20)
const more = known.slice(20)
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

it.each([
  ['one', 1],
  ['all', 5],
])('%s that is dropped while it waits for its sink is not sent, and holds up nothing', async (_, many) => {
  const { store, sink, rig, counts, mend } = await rejectSome()
  const letters = await store.deadLetters({ sink: 'soc' })
  mend()
  sink.answers.push(all({ kind: 'retry', reason: 'HTTP 503', afterMs: 3_600_000 }))
  await store.queueDeadLetters({ sink: 'soc' })
  rig.lane.wakeForLetters()
  await waitFor(() => rig.gate.trouble() !== undefined)
  const dropped = letters.slice(0, many)
  await store.dropDeadLetters({ ids: dropped.map(({ id }) => id) })
  rig.gate.hold(undefined)
  await spool(store, more)
  await rig.deliver()
  const sent = [...events, ...more].filter(({ uid }) => dropped.every((letter) => letter.uid !== uid))
  expect(sink.taken.toSorted()).toEqual(sent.map(({ uid }) => uid).sort())
  expect(await counts()).toEqual({ cursor: [25 - many, many], ledger: [25 - many, many], letters: 0 })
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

it('are redacted as the sink is configured when they go out: what is hidden since is hidden in them too', async () => {
  const { store, sink, rig, mend } = await rejectSome()
  await rig.stop()
  mend()
  await store.queueDeadLetters({ sink: 'soc' })
  const payloads: string[] = []
  sink.always((batch) => {
    payloads.push(...batch.events.map(({ payload }) => Buffer.from(payload).toString()))
    return batch.events.map(() => delivered)
  })
  const redact = [{ field: 'actor.login', with: 'hash' } as const]
  await (await openLane(store, sink, { redact })).deliver()
  expect(payloads).toHaveLength(5)
  for (const { actor } of events) expect(payloads.join('')).not.toContain(`"${actor.login}"`)
})

const NEVER_KNOWN = { where: 'target.project == "web"' }

/** The rules fail on some of the events; then the rules are changed and all dead letters retried. */
async function retryWith(changes: Partial<SinkConfig>, first: Partial<SinkConfig> = NEVER_KNOWN) {
  const [store, sink] = [openStore(), scriptedSink()]
  await spool(store, events)
  const rig = await openLane(store, sink, { start: 'beginning', ...first })
  await rig.deliver()
  await rig.stop()
  const parked = await store.deadLetters({ sink: 'soc' })
  const before = sink.taken.length
  await store.queueDeadLetters({ sink: 'soc' })
  await (await openLane(store, sink, changes)).deliver()
  const { delivered = 0, filtered = 0, deadLettered = 0 } = (await store.loadLane('soc'))?.cursors.acme ?? {}
  expect(delivered + filtered + deadLettered).toBe(events.length)
  const left = await store.deadLetters({ sink: 'soc' })
  expect(left).toHaveLength(deadLettered)
  expect(new Set(sink.taken).size).toBe(delivered)
  return { parked, left, sent: sink.taken.slice(before), states: new Set(left.map(({ state }) => state)) }
}

it('that a rule failed on go out when the mended rule lets them pass', async () => {
  const { parked, left, sent } = await retryWith({ where: 'true' })
  expect(parked.length).toBeGreaterThan(0)
  expect(sent.toSorted()).toEqual(parked.map(({ uid }) => uid).toSorted())
  expect(left).toEqual([])
})

it('that a rule failed on do not pass the rule when they are retried', async () => {
  const { parked, left, sent, states } = await retryWith({ where: 'severity > 4' })
  expect(sent).toEqual([])
  expect(left).toHaveLength(parked.length)
  expect(new Set(left.map(({ reason }) => reason))).toEqual(new Set(['where: severity > 4: leaves it out']))
  expect(states).toEqual(new Set(['parked']))
})

it('that a rule fails on again stay, with the reason', async () => {
  const { parked, left, sent } = await retryWith(NEVER_KNOWN)
  expect(sent).toEqual([])
  expect(left).toEqual(parked)
})

it('are not judged by what is redacted in them', async () => {
  const redact = [{ field: 'actor.login', with: 'mask' } as const]
  const first = { ...NEVER_KNOWN, redact }
  const hidden = await retryWith({ where: 'actor.login != ""', redact }, first)
  expect(hidden.sent).toEqual([])
  expect(hidden.left[0]?.reason).toMatch(/^where: .*: asks for what is redacted here; a replay/)
  const shown = await retryWith({ where: 'actor.type == "user"', redact }, first)
  expect(shown.sent.length).toBeGreaterThan(0)
})

it('that a sample leaves out stay too', async () => {
  const sample = [{ where: 'true', keep: 1, of: 1_000_000_000 }]
  const { left, sent } = await retryWith({ sample })
  expect(sent).toEqual([])
  expect(left[0]?.reason).toBe('sample: leaves it out')
})

it('of which no line can be made are held back, and keep no other from going out', async () => {
  const { store } = await rejectSome()
  const letters = await store.deadLetters({ sink: 'soc' })
  const broken = letters[1]
  const rules = compileRules(sinkConfig())
  const format = (event: AuditEvent) => {
    if (event.uid === broken?.uid) throw new Error('no such words')
    return rules.format(event)
  }
  const work = startWork('acme', 0, 0)
  for (const letter of letters) redeliver(work, letter, { ...rules, format })
  expect(work.items.map(({ letter }) => letter?.id)).toEqual(
    letters.filter(({ id }) => id !== broken?.id).map(({ id }) => id),
  )
  expect(work.heldBack).toMatchObject([{ ...broken, reason: 'format: no such words', answer: '' }])
})

it('that cannot be decrypted are parked as they are stored, and keep no other from going out', () => {
  const work = startWork('acme', 0, 0)
  const letters = events.slice(0, 2).map((event) => replayLetter('soc', 'acme', event, 0))
  const [sealed, plain] = letters as [DeadLetter, DeadLetter]
  const rules = compileRules(sinkConfig())
  redeliver(work, { ...sealed, event: 'afE1:xyz', unreadable: 'no key' }, rules)
  redeliver(work, plain, rules)
  expect(work.items.map(({ uid }) => uid)).toEqual([plain.uid])
  expect(work.heldBack).toMatchObject([
    { id: sealed.id, state: 'parked', reason: 'no key', event: 'afE1:xyz', unreadable: 'no key' },
  ])
})

it('that a replay sends are not judged once more: its rules have let them pass', async () => {
  const { store } = await rejectSome()
  const [letter] = await store.deadLetters({ sink: 'soc' })
  const rules = { ...compileRules(sinkConfig()), holdBack: () => 'where: leaves it out' }
  const event = parseNativeText(letter?.event ?? '')
  const work = startWork('acme', 0, 0)
  redeliver(work, replayLetter('soc', 'acme', event, 0), rules)
  expect([work.items.length, work.heldBack]).toEqual([1, []])
})
