/** What a replay takes from archives, and what it requests from the source. */
import { expect, it } from 'vitest'
import type { ArchivedEvent } from '../../src/archive/archive.ts'
import { parseNative } from '../../src/formats/native.ts'
import { planBackfill } from '../../src/poll/backfill-parts.ts'
import { keptArchives } from '../../src/replay/archives.ts'
import type { ReplayRequest, ReplaySlice } from '../../src/replay/request.ts'
import type { SourceState } from '../../src/spool/source-state.ts'
import { NOW } from './poll-rig.ts'
import { deliveredWorld, openArchive } from './replay-rig.ts'
import { sinkConfig } from './sample-config.ts'

const uidsOf = (events: readonly { readonly uid: string }[]) => events.map(({ uid }) => uid).sort()
const from = (slices: readonly ReplaySlice[], phase: ReplaySlice['phase']) =>
  slices.filter((it) => it.phase === phase).reduce((sum, { queued }) => sum + queued, 0)
const holesIn = ({ next }: ReplaySlice) => (next && 'holes' in next ? next.holes.length : 0)

it('takes from an archive what the spool does not hold and the source shows no more, with the bytes that were first sent', async () => {
  const { rig, sink, spooled, kept, parts, replay, slice } = await deliveredWorld()
  await kept[0]?.archive.append(spooled)
  rig.log.records.length = 0
  const asked = rig.asked.length
  rig.world.clock += 500
  let next: ReplayRequest['cursor']
  do next = (await slice(next && { cursor: next })).next
  while (next !== undefined)
  const letters = await parts.store.deadLetters({ sink: 'soc', state: 'replay' })
  expect(letters.map(({ event }) => event).sort()).toEqual(spooled.map(({ line }) => `${line}`).sort())

  const slices = await replay()
  expect(slices.map(({ phase }) => phase)).toEqual(['count', 'archive'])
  expect([...sink.taken].sort()).toEqual(uidsOf(spooled))
  expect(rig.asked.length).toBe(asked)
})

it('asks the source for a minute of which an archive lacks an event, and for no other', async () => {
  const { rig, sink, spooled, kept, replay } = await deliveredWorld()
  const lacking = spooled[10]
  await kept[0]?.archive.append(spooled.filter((event) => event !== lacking))
  const before = rig.asked.length
  const slices = await replay()
  expect(slices.map(({ phase }) => phase)).toEqual(['count', 'archive', 'source'])
  expect([...sink.taken].sort()).toEqual(uidsOf(spooled))
  // Events are twenty seconds apart.
  expect([from(slices, 'archive'), from(slices, 'source')]).toEqual([27, 3])
  expect(rig.asked.length).toBe(before + 1)
})

it('is not content with as many events: they must be those that the ledger counts', async () => {
  const { rig, sink, spooled, kept, replay } = await deliveredWorld()
  const one = spooled[10] ?? expect.fail()
  const other = { ...one, uid: 'ef'.repeat(32) }
  const line = Buffer.from(`${one.line}`.replace(one.uid, other.uid))
  await kept[0]?.archive.append([...spooled.filter((event) => event !== one), { ...other, line }])
  const asked = rig.asked.length
  await replay()
  expect([...sink.taken].sort()).toEqual([...uidsOf(spooled), other.uid].sort())
  expect(rig.asked.length).toBe(asked + 1)
})

it('sends the bytes that were sent first where both the archive and the source have an event', async () => {
  const { rig, spooled, kept, parts, slice } = await deliveredWorld()
  const lacking = spooled[10] ?? expect.fail()
  await kept[0]?.archive.append(spooled.filter((event) => event !== lacking))
  rig.world.clock += 500
  let next: ReplayRequest['cursor']
  do next = (await slice(next && { cursor: next })).next
  while (next !== undefined)
  const letters = await parts.store.deadLetters({ sink: 'soc', state: 'replay' })
  const sent = new Set(letters.map(({ event }) => event))
  expect(spooled.filter(({ line }) => !sent.has(`${line}`))).toEqual([lacking])
  expect(letters).toHaveLength(30)
})

it('asks once for a hole that was found over many slices', async () => {
  const { rig, sink, spooled, replay, slowly } = await deliveredWorld({ events: 100 })
  slowly(3_000)
  const slices = await replay()
  const holes = slices.filter(({ phase }) => phase === 'archive').map(holesIn)
  expect(holes.length).toBeGreaterThan(20)
  expect(new Set(holes)).toEqual(new Set([1]))
  expect(new Set(sink.taken)).toEqual(new Set(uidsOf(spooled)))
  expect(rig.asked.length).toBeGreaterThan(0)
})

it('sends what an archive holds of a minute, also where the source shows no more of it', async () => {
  const { rig, sink, spooled, kept, replay } = await deliveredWorld()
  const archived = spooled.filter((_, at) => at !== 10)
  await kept[0]?.archive.append(archived)
  rig.log.records.length = 0
  await replay()
  expect([...sink.taken].sort()).toEqual(uidsOf(archived))
})

it('takes each minute from whichever archive holds all of it, and from the source once what none does', async () => {
  const { sink, spooled, kept, replay } = await deliveredWorld({ archives: 2 })
  await kept[0]?.archive.append(spooled.slice(0, 15))
  await kept[1]?.archive.append(spooled.slice(13, 29))
  const slices = await replay()
  expect([...sink.taken].sort()).toEqual(uidsOf(spooled))
  expect(from(slices, 'source')).toBeLessThan(6)
})

it('goes by what the ledger counts: an archive that holds more than it does not count', async () => {
  const { rig, sink, spooled, kept, replay } = await deliveredWorld()
  const one = spooled[10] ?? expect.fail()
  const more = { ...one, uid: 'ab'.repeat(32) }
  const line = Buffer.from(`${one.line}`.replace(one.uid, more.uid))
  await kept[0]?.archive.append([...spooled, { ...more, line }])
  const asked = rig.asked.length
  await replay()
  expect([...sink.taken].sort()).toEqual([...uidsOf(spooled), more.uid].sort())
  expect(rig.asked.length).toBe(asked + 1)
})

it('asks the source for what lies before the time of the ledger, beside what archives hold of it', async () => {
  const { rig, sink, spooled, kept, replay } = await deliveredWorld({ start: 300 })
  expect(spooled).toHaveLength(15)
  const older = 'cd'.repeat(32)
  const line = Buffer.from(`${spooled[0]?.line}`.replace(spooled[0]?.uid ?? '', older))
  await kept[0]?.archive.append([...spooled, { uid: older, timestamp: NOW - 2_000, line }])
  await replay()
  // The source has the fifteen before its start.
  expect(sink.taken).toHaveLength(31)
  expect(sink.taken).toContain(older)
  expect(rig.asked.at(-1)?.before).toBeLessThan(NOW - 240)
})

it('tells minutes before the start that a backfill read and found empty from those that nothing read', async () => {
  const minute = (age: number) => Math.floor((NOW - age) / 60) * 60
  const { rig, sink, spooled, kept, replay } = await deliveredWorld({
    happened: [{ what: 'old', age: 2_000 }],
  })
  await kept[0]?.archive.append(spooled)
  rig.happen('missed', 1_300)
  const backfill = {
    ...planBackfill({ from: minute(2_100), to: minute(1_900), parallel: 1 }, 0),
    parts: [{ from: minute(2_100), to: minute(1_900), position: minute(2_100) }],
  }
  const remember = async (more: Partial<SourceState>) => {
    const state = (await rig.store.loadSource('acme')) ?? expect.fail()
    const changed = { ...state, start: minute(700), backfill, ...more }
    await rig.store.append({ source: 'acme', state: changed, ledger: [], quarantined: [] })
  }
  await remember({})
  for (const age of [2_050, 1_800]) {
    sink.taken.length = 0
    const asked = rig.asked.length
    const slices = await replay({ from: NOW - age })
    expect([from(slices, 'source'), rig.asked.length - asked]).toEqual([1, 1])
    expect(sink.taken).toHaveLength(age > 2_000 ? 32 : 31)
  }
  // An earlier one read up to the start.
  await remember({ read: [[minute(1_900), minute(700)]] })
  const asked = rig.asked.length
  expect(from(await replay({ from: NOW - 2_050 }), 'source')).toBe(0)
  expect(rig.asked.length).toBe(asked)
})

it('goes in slices; asked for again amid them, and with late ones between them, it loses none', async () => {
  const { sink, spooled, kept, slice, replay, deliver, slowly } = await deliveredWorld({ events: 120 })
  await kept[0]?.archive.append(spooled.filter((_, at) => at % 30 !== 7))
  slowly(1_500)
  let next: ReplayRequest['cursor']
  for (let slices = 0; slices < 12; slices++) next = (await slice(next && { cursor: next })).next
  expect(next?.phase).toBe('archive')
  await deliver()
  const [late] = spooled.filter((_, at) => at % 30 === 7)
  await kept[0]?.archive.append(late === undefined ? [] : [late])
  // Killed here; the command is repeated from the beginning.
  const slices = await replay()
  expect(slices.filter(({ phase }) => phase === 'archive').length).toBeGreaterThan(20)
  expect(new Set(sink.taken)).toEqual(new Set(uidsOf(spooled)))
})

it('fills holes without sending anything twice, whatever the archives hold of them', async () => {
  const { sink, spooled, kept, replay, slowly } = await deliveredWorld({
    events: 140,
    every: 20,
    archives: 2,
  })
  await kept[0]?.archive.append(spooled.filter((_, at) => at % 3 !== 0))
  await kept[1]?.archive.append(spooled.filter((_, at) => at % 2 !== 0))
  slowly(700)
  const slices = await replay()
  expect([...sink.taken].sort()).toEqual(uidsOf(spooled))
  expect(slices.length).toBeGreaterThan(4)
})

it('asks the source in between when there are many holes, and goes on below', async () => {
  const { rig, sink, spooled, kept, replay } = await deliveredWorld({ events: 240, every: 30, start: 9_000 })
  // In every second minute one event is missing.
  const lacks = ({ timestamp }: { timestamp: number }) => timestamp % 120 < 30
  await kept[0]?.archive.append(spooled.filter((event) => !lacks(event)))
  const before = rig.asked.length
  const slices = await replay({ from: NOW - 8_000 })
  expect(sink.taken.sort()).toEqual(uidsOf(spooled))
  expect(rig.asked.length - before).toBeGreaterThan(55)
  const phases = slices.map(({ phase }) => phase).filter((phase, at, all) => phase !== all[at - 1])
  expect(phases).toEqual(['count', 'archive', 'source', 'archive', 'source'])
  expect(Math.max(...slices.map(holesIn))).toBe(50)
})

it('looks for single uids in the archives before it walks the source', async () => {
  const { rig, sink, spooled, kept, slice, replay } = await deliveredWorld()
  await kept[0]?.archive.append(spooled.slice(0, 20))
  const there = [spooled[3], spooled[9]].map((it) => it?.uid ?? '')
  const asked = rig.asked.length
  const slices = await replay({ uids: there })
  expect(slices.find(({ phase }) => phase === 'archive')?.found.toSorted()).toEqual(there.toSorted())
  expect([...sink.taken].sort()).toEqual(there.toSorted())
  expect((await slice({ uids: there, from: NOW - 5 })).found).toEqual([])

  sink.taken.length = 0
  const beyond = spooled[25]?.uid ?? ''
  const more = await replay({ uids: [beyond] })
  expect(more.slice(0, 3).map(({ phase }) => phase)).toEqual(['spool', 'archive', 'source'])
  expect(sink.taken).toEqual([beyond])
  expect(rig.asked.length).toBeGreaterThan(asked)
})

it('asks the source when an archive cannot be read, and says why', async () => {
  const { sink, spooled, kept, replay } = await deliveredWorld()
  const [first] = kept
  if (first === undefined) return expect.fail()
  const read = async function* (): AsyncGenerator<readonly ArchivedEvent[]> {
    yield []
    throw new Error('the file is damaged')
  }
  Object.assign(first, { archive: { ...first.archive, read } })
  const slices = await replay()
  expect([...sink.taken].sort()).toEqual(uidsOf(spooled))
  expect(from(slices, 'source')).toBe(30)
  expect(slices.find(({ unread }) => unread !== undefined)?.unread).toEqual({
    archive0: 'the file is damaged',
  })
})

it.each([
  [{}, 1],
  [{ where: 'severity > 1' }, 0],
  [{ sample: [{ where: 'true', keep: 1, of: 2 }] }, 0],
  [{ dedupeWindowMs: 1_000 }, 0],
  [{ enrich: { fields: { site: 'a' } } }, 0],
  [{ redact: [{ field: 'description', with: 'mask' as const }] }, 0],
  [{ format: 'ocsf' as const }, 0],
  [{ enabled: false }, 0],
  [{ sources: ['other'] }, 0],
])('of a sink with %j it takes %i archives', (changes, count) => {
  const archive = openArchive()
  const sinks = { kept: sinkConfig({ id: 'kept', ...changes }), plain: sinkConfig() }
  const found = keptArchives(sinks, 'acme', ({ id }) => (id === 'kept' ? { archive } : undefined))
  expect(found).toEqual(count === 0 ? [] : [{ id: 'kept', archive }])
})

it('knows an event of another source in the same archive for what it is', async () => {
  const { sink, spooled, kept, replay } = await deliveredWorld()
  const lines = spooled.map((it) => ({
    ...it,
    line: Buffer.from(`${it.line}`.replace('"source":"acme"', '"source":"other"')),
  }))
  expect(parseNative(lines[0]?.line ?? expect.fail()).source).toBe('other')
  await kept[0]?.archive.append(lines)
  const slices = await replay()
  expect(from(slices, 'source')).toBe(30)
  expect(sink.taken).toHaveLength(30)
  expect(from(await replay({ uids: uidsOf(spooled.slice(0, 2)) }), 'archive')).toBe(0)
})

it.each([0, 1])(
  'counts what neither source nor %i archives have any more, minute by minute',
  async (archives) => {
    const { rig, sink, spooled, kept, replay, slowly } = await deliveredWorld({ archives })
    await kept[0]?.archive.append(spooled.filter((_, at) => at % 10 !== 3))
    const lost =
      archives === 0
        ? spooled.filter((it) => it.timestamp < NOW - 430)
        : spooled.filter((_, at) => at % 10 === 3)
    rig.log.records.splice(0, archives === 0 ? 9 : Number.POSITIVE_INFINITY)
    slowly(1_500)
    const slices = await replay()
    expect(slices.reduce((sum, { notFound }) => sum + notFound, 0)).toBe(lost.length)
    expect([...sink.taken].sort()).toEqual(uidsOf(spooled.filter((event) => !lost.includes(event))))
  },
)

it('is done with the minute in which the range begins: nothing of it goes out twice', async () => {
  const { sink, spooled, kept, slice, deliver, slowly } = await deliveredWorld()
  await kept[0]?.archive.append(spooled)
  slowly(3_000)
  let next: ReplayRequest['cursor']
  const from = NOW - 590
  do {
    next = (await slice({ from, ...(next && { cursor: next }) })).next
    await deliver()
  } while (next !== undefined)
  expect([...sink.taken].sort()).toEqual(uidsOf(spooled.filter(({ timestamp }) => timestamp >= from)))
})
