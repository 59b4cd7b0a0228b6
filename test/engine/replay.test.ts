/** What a replay finds, where, and what the sink gets. */
import { expect, it } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import { UsageError } from '../../src/errors.ts'
import { replaySlice } from '../../src/replay/replay.ts'
import type { ReplayRequest, ReplaySlice } from '../../src/replay/request.ts'
import { openLane, scriptedSink } from './lane-rig.ts'
import { NOW, openPollRig } from './poll-rig.ts'
import { toItsEnd } from './replay-rig.ts'
import { sinkConfig, sourceConfig } from './sample-config.ts'
import type { LogSwitches } from './simulated-log.ts'

const ALL = { from: 0, to: NOW * 2 }

interface Setup {
  readonly events?: number
  readonly trim?: boolean
  readonly sink?: Partial<SinkConfig>
  readonly drains?: boolean
  readonly switches?: LogSwitches
}

/** Events one second apart, polled and delivered; with `trim` none of them is in the spool any more. */
async function deliveredWorld(setup: Setup = {}) {
  const { events = 20, trim = false, sink: changes = {}, drains = true, switches } = setup
  const rig = await openPollRig({ overlapMs: 1_000 }, switches)
  for (let age = events; age > 0; age--) rig.happen(`e${age}`, age)
  await rig.poll()
  const described = await rig.spooled()
  const sink = scriptedSink()
  const lane = await openLane(rig.store, sink, { start: 'beginning', ...changes }, rig.pipeline())
  await lane.deliver()
  if (trim) await rig.pipeline().trim()
  const first = [...sink.taken]
  const uidOf = new Map(described.map((description, at) => [description, first[at] as string]))
  sink.taken.length = 0
  const config = { sources: { acme: sourceConfig() }, sinks: { soc: sinkConfig(changes) } }
  const now = () => rig.world.clock * 1_000
  const { signal } = new AbortController()
  const parts = {
    config,
    store: rig.store,
    now,
    drains,
    signal,
    open: async () => rig.reading(),
    archives: () => [],
  }
  const slice = (request: Partial<ReplayRequest> = {}) =>
    replaySlice(parts, { sink: 'soc', ...ALL, ...request })
  const replay = async (request: Partial<ReplayRequest> = {}) => {
    const slices = await toItsEnd(slice, request)
    lane.lane.wakeForLetters()
    await lane.deliver()
    return slices
  }
  return { rig, sink, first, uidOf, slice, replay, parts, lane }
}

const total = (slices: readonly ReplaySlice[], of: 'queued' | 'filtered' | 'failed') =>
  slices.reduce((sum, it) => sum + it[of], 0)

it('sends a range again from the spool, without asking the source', async () => {
  const { rig, sink, first, replay } = await deliveredWorld()
  const asked = rig.asked.length
  const slices = await replay()
  expect(slices.map(({ phase }) => phase)).toEqual(['count', 'spool'])
  expect(rig.asked.length).toBe(asked)
  expect([...sink.taken].sort()).toEqual([...first].sort())
})

it('sends it again from the source with the same uids, when the spool holds it no more', async () => {
  const { rig, sink, first, replay } = await deliveredWorld({ trim: true })
  expect((await rig.store.bounds('acme')).start).toBe(20)
  const slices = await replay()
  expect(slices.map(({ phase }) => phase)).toEqual(['count', 'source'])
  expect([...sink.taken].sort()).toEqual([...first].sort())
  expect(total(slices, 'queued')).toBe(20)
})

it.each([false, true])('takes from inclusive to exclusive (trimmed: %s)', async (trim) => {
  const { sink, uidOf, replay } = await deliveredWorld({ trim })
  await replay({ from: NOW - 10, to: NOW - 5 })
  expect([...sink.taken].sort()).toEqual([10, 9, 8, 7, 6].map((age) => uidOf.get(`e${age}`)).sort())
})

it.each([false, true])(
  'takes the uids that are asked for, and says which it met (trimmed: %s)',
  async (trim) => {
    const { sink, first, replay } = await deliveredWorld({ trim })
    const nowhere = 'f'.repeat(64)
    const wanted = [first[3], first[17], nowhere] as string[]
    const slices = await replay({ uids: wanted })
    expect([...sink.taken].sort()).toEqual([first[3], first[17]].sort())
    expect(new Set(slices.flatMap(({ found }) => found))).toEqual(new Set([first[3], first[17]]))
  },
)

it('goes back to the source as a whole when the spool holds a part', async () => {
  const { rig, sink, first, replay } = await deliveredWorld({ trim: true })
  rig.world.clock += 60
  rig.happen('new', 1)
  await rig.poll()
  const slices = await replay()
  expect(slices.map(({ phase }) => phase)).toEqual(['count', 'source'])
  expect(new Set(sink.taken).size).toBe(21)
  expect(new Set(sink.taken)).toEqual(new Set([...first, ...sink.taken]))
})

it('goes back to the source when the spool is trimmed in the middle of it', async () => {
  const { rig, sink, first, slice, parts } = await deliveredWorld()
  const counted = await slice()
  expect(counted.next?.phase).toBe('spool')
  await rig.pipeline().trim()
  const lost = await slice({ ...(counted.next && { cursor: counted.next }) })
  expect(lost.next).toMatchObject({ phase: 'source' })
  await slice({ ...(lost.next && { cursor: lost.next }) })
  expect(await parts.store.countDeadLetters('soc', 'replay')).toBe(first.length)
  expect(sink.taken).toEqual([])
})

it('keeps to the rules of the sink', async () => {
  const where = 'description != "e3" && description != "e4"'
  const redact = [{ field: 'description', with: 'hash' } as const]
  const { rig, sink, replay } = await deliveredWorld({ sink: { where, redact }, trim: true })
  const slices = await replay()
  expect([total(slices, 'queued'), total(slices, 'filtered')]).toEqual([18, 2])
  expect(sink.taken).toHaveLength(18)
  expect((await rig.store.loadLane('soc'))?.cursors.acme).toMatchObject({
    delivered: 18,
    filtered: 2,
    replayed: 18,
  })
})

it('says so when a rule cannot be computed, and sends the others', async () => {
  const { sink, replay } = await deliveredWorld({ sink: { where: 'description == "e3" || token.id == ""' } })
  expect(total(await replay(), 'failed')).toBe(19)
  expect(sink.taken).toHaveLength(1)
})

it('sends nothing that was not read yet', async () => {
  const { rig, sink, first, replay } = await deliveredWorld({ trim: true })
  rig.world.clock += 600
  rig.happen('unread', 300)
  await replay()
  expect(sink.taken).toHaveLength(first.length)
})

it('reads at the source what the ledger knows nothing of', async () => {
  const { rig, sink, first, replay } = await deliveredWorld({ trim: true })
  await rig.store.pruneLedger('acme', NOW, NOW)
  expect((await replay()).map(({ phase }) => phase)).toEqual(['count', 'source'])
  expect([...sink.taken].sort()).toEqual([...first].sort())
})

it('stops as soon as it has met every uid that was asked for', async () => {
  const switches = { pageSize: 10, inclusive: false, tokens: false }
  const { rig, uidOf, slice } = await deliveredWorld({ events: 200, trim: true, switches })
  const uids = [uidOf.get('e3') as string]
  const spool = await slice({ uids })
  const asked = rig.asked.length
  const found = await slice({ uids, ...(spool.next && { cursor: spool.next }) })
  expect([found.found, found.queued]).toEqual([uids, 1])
  expect(rig.asked.length - asked).toBe(1)
})

it('queues no more ahead of a sink than may wait: with an engine it waits, without one it says so', async () => {
  const { slice, parts } = await deliveredWorld()
  parts.store.countDeadLetters = async () => 100_000
  const waiting = await slice()
  expect(waiting).toMatchObject({ waits: true, queued: 0, next: { phase: 'count' } })
  await expect(replaySlice({ ...parts, drains: false }, { sink: 'soc', ...ALL })).rejects.toThrow(
    /100000 events wait for soc already: let `run` or `run --once` deliver them/,
  )
})

it('goes in slices, each of them durable, and reads nothing twice', async () => {
  const switches = { pageSize: 1_000, inclusive: false, tokens: false }
  const { rig, sink, slice, replay } = await deliveredWorld({
    events: 12_000,
    trim: true,
    switches,
    sink: { batch: { maxEvents: 2_000, maxBytes: 10_000_000, maxAgeMs: 0 } },
  })
  const counted = await slice()
  const one = await slice({ ...(counted.next && { cursor: counted.next }) })
  expect(one.queued).toBeGreaterThanOrEqual(5_000)
  expect(one.queued).toBeLessThan(7_000)
  expect(await rig.store.countDeadLetters('soc', 'replay')).toBe(one.queued)
  expect(one.next).toMatchObject({ phase: 'source', at: NOW - 12_000 + (12_000 - one.queued) })
  const asked = rig.asked.length
  // Again from the beginning, as after a kill: what is already waiting isn't doubled.
  const slices = await replay()
  expect(slices.length).toBeGreaterThan(3)
  expect(rig.asked.length - asked).toBeLessThan(20)
  expect(new Set(sink.taken).size).toBe(12_000)
  expect(sink.taken).toHaveLength(12_000)
})

it('knows no other sinks and sources than the configured ones', async () => {
  const { slice } = await deliveredWorld()
  await expect(slice({ sink: 'sox' })).rejects.toThrow(
    new UsageError('there is no sink sox; there is soc (did you mean soc?)'),
  )
  await expect(slice({ source: 'acne' })).rejects.toThrow(UsageError)
  const disabled = await deliveredWorld({ sink: { enabled: false } })
  await expect(disabled.slice()).rejects.toThrow('the sink soc is disabled')
})
