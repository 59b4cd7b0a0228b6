/**
 * Memory that a lane frees explicitly, without waiting for garbage collection: entries that it has read, and what its
 * rules produced.
 */
import { describe, expect, it } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import { createEntryReader } from '../../src/deliver/entries.ts'
import { createRuledLines } from '../../src/deliver/ruled-lines.ts'
import { compileRules } from '../../src/deliver/rules.ts'
import type { Packable, Unpacked } from '../../src/deliver/unpacked.ts'
import { fillWork, startWork, type Work } from '../../src/deliver/work.ts'
import { FORMAT_NAMES } from '../../src/formats/formats.ts'
import { ByteWriter } from '../../src/lib/byte-writer.ts'
import { createSpareWriters } from '../../src/lib/spare-writers.ts'
import { delivered, every } from '../../src/outcome.ts'
import { createPacker } from '../../src/spool/codec.ts'
import { auditEvents } from '../conformance/batches.ts'
import { openLane, openStore, scriptedSink } from './lane-rig.ts'
import { sinkConfig } from './sample-config.ts'
import { contentOf, spool, writeNativeLine } from './spooled-events.ts'

const PLENTY = { maxEvents: 1_000, maxBytes: 1e9 }
/** Larger than the small buffers that Node takes from its pool. */
const MANY = 150
const rulesOf = (changes: Partial<SinkConfig> = {}) => compileRules(sinkConfig(changes))

/** An entry, alone in its log, and what the log was told about memory. */
async function openEntry(count = MANY) {
  const blob = await createPacker()(auditEvents(count), writeNativeLine)
  const told = { noted: [] as Packable[], forgotten: [] as Packable[] }
  const unpacked: Unpacked = { note: (it) => told.noted.push(it), forget: (it) => told.forgotten.push(it) }
  const reader = createEntryReader({ readEntry: async (_, base) => ({ base, count, blob }) }, unpacked)
  const entry = (await reader.at('acme', 0)) ?? expect.fail()
  return {
    ...{ entry, ...told, memory: { unpacked, spare: createSpareWriters() } },
    /** Enough reads for the reader to drop the first. */
    async next() {
      for (const at of [1, 2, 3]) await reader.at('acme', at * count)
    },
  }
}

const shown = ({ items }: Work) =>
  items.map(({ uid, timestamp, payload, event }) => ({ uid, timestamp, event, payload: payload.toString() }))

describe('an entry that a lane has read', () => {
  it('gives its memory back at once, and says the same afterwards', async () => {
    const { entry, noted, forgotten } = await openEntry()
    const before = contentOf(entry)
    const memory = entry.line(0).buffer
    entry.release()
    expect(memory.byteLength).toBe(0)
    expect(forgotten).toEqual(noted)
    expect([entry.uid(3), entry.size(3)]).toEqual([before[3]?.uid, before[3]?.size])
    expect(noted).toHaveLength(1)
    expect(contentOf(entry)).toEqual(before)
    expect(noted).toHaveLength(2)
  })

  it.each([
    ['written by a sink that copies', true, true],
    ['given up, or written by a sink that may keep lines', false, false],
  ])(
    'stays for a batch that gets its lines as they lie, until it is %s',
    async (_, isDoneWith, isGivenBack) => {
      const { entry, forgotten, next } = await openEntry()
      const line = entry.line(3)
      const before = line.toString()
      entry.pin(1)
      entry.release()
      await next()
      expect(line.toString()).toBe(before)
      entry.unpin(1, isDoneWith)
      expect(line.length === 0).toBe(isGivenBack)
      expect(forgotten).toHaveLength(isGivenBack ? 1 : 0)
      expect(entry.line(3).toString()).toBe(before)
    },
  )

  it('stays while another lane may ask for it, and until the last batch of it is settled', async () => {
    const { entry, next } = await openEntry()
    const line = entry.line(0)
    for (const lines of [2, 0, 3]) entry.pin(lines)
    entry.unpin(2, true)
    entry.unpin(3, true)
    expect(line.length).toBeGreaterThan(0)
    await next()
    expect(line.length).toBeGreaterThan(0)
    entry.unpin(0, true)
    expect(line.length).toBe(0)
  })

  it('keeps memory that is part of a pool', async () => {
    const { entry } = await openEntry(2)
    const line = entry.line(0)
    const other = Buffer.from('of the same pool')
    entry.release()
    expect([line.toString(), other.toString()]).toEqual([entry.line(0).toString(), 'of the same pool'])
    expect(line.length).toBeGreaterThan(0)
  })

  it.each([
    ['all of it, for what rules make', { format: 'csv' }, MANY, true],
    ['all of it, and kept nothing', { where: 'false' }, MANY, true],
    ['a part of it', { format: 'csv' }, MANY - 1, false],
    ['all of it, for a sink that gets it as it lies', {}, MANY, false],
    ['all of it, for a filter that lets it pass as it lies', { where: 'true' }, MANY, false],
  ] as const)('%s', async (_, changes, until, isGivenBack) => {
    const { entry } = await openEntry()
    const memory = entry.line(0).buffer
    fillWork(startWork('acme', 0, 0), entry, until, { rules: rulesOf(changes), limits: PLENTY })
    expect(memory.byteLength === 0).toBe(isGivenBack)
  })

  it('is in the batch as before: payloads, events, and those that a rule failed on', async () => {
    const { entry } = await openEntry()
    const lines = contentOf(entry).map(({ line }) => line)
    const rules = rulesOf({ format: 'csv', where: 'target.project != "nowhere"' })
    const work = startWork('acme', 0, 0)
    fillWork(work, entry, MANY, { rules, limits: PLENTY })
    const failed = work.failed.map(({ offset }) => offset)
    expect(failed.length).toBeGreaterThan(0)
    expect(work.failed.map(({ line }) => Buffer.from(line).toString())).toEqual(failed.map((at) => lines[at]))
    const expected = lines.map((line) => rules.apply(Buffer.from(line))).filter((it) => it.kind === 'keep')
    expect(shown(work).map(({ payload, event }) => ({ payload, event }))).toEqual(
      expected.map(({ payload, event }) => ({ payload: payload.toString(), event })),
    )
  })
})

describe('what rules made', () => {
  const formed = async (changes: Partial<SinkConfig>, limits = PLENTY) => {
    const { entry, noted, memory } = await openEntry(12)
    const work = startWork('acme', 0, 0)
    fillWork(work, entry, 12, { rules: rulesOf(changes), limits, memory })
    const { lines } = work.places[0] ?? expect.fail()
    const payloads = () => work.items.map(({ payload }) => Buffer.from(payload).toString())
    return { work, lines, payloads, noted: () => noted.filter((it) => it === lines).length, ...memory }
  }

  it.each(FORMAT_NAMES.filter((format) => format !== 'native'))(
    'is not packed when its sink has had all of it, and is made anew: %s',
    async (format) => {
      const { lines, payloads, noted } = await formed({ format })
      const before = payloads()
      lines.pack()
      expect(payloads()).toEqual(before)
      lines.pack()
      expect(payloads()).toEqual(before)
      expect(noted()).toBe(1)
    },
  )

  it('is packed where a sink has had a part of it', async () => {
    const { work, lines, payloads, noted } = await formed({ format: 'csv' })
    const first = Buffer.from(work.items[0]?.payload ?? '').toString()
    lines.pack()
    expect(payloads()[0]).toBe(first)
    expect(noted()).toBe(2)
  })

  it('leaves nothing of an event that did not fit', async () => {
    const all = (await formed({ format: 'ecs' })).payloads()
    const maxBytes = Buffer.byteLength(`${all[0]}${all[1]}`) + 10
    const { work, payloads } = await formed({ format: 'ecs' }, { ...PLENTY, maxBytes })
    expect([work.bytes, work.to]).toEqual([maxBytes - 10, 2])
    expect(payloads()).toEqual(all.slice(0, 2))
  })

  it('follows what was taken back', async () => {
    const [lines, rules] = [createRuledLines(), rulesOf({ format: 'csv' })]
    const kept = contentOf((await openEntry(3)).entry).map(({ line }) => rules.apply(Buffer.from(line)))
    const [first, second, third] = kept.flatMap((it) => (it.kind === 'keep' ? [it] : []))
    for (const ruling of [first, second]) lines.add(ruling ?? expect.fail())
    lines.dropLast()
    expect(lines.add(third ?? expect.fail())).toBe(1)
    expect(lines.payload(1)?.toString()).toBe(third?.payload.toString())
    expect(lines.payload(0)?.toString()).toBe(first?.payload.toString())
  })

  it.each([
    ['was written', 1, true, true],
    ['was asked for a second time: a broken attempt may still read from it', 2, true, false],
    ['was not asked for', 0, true, false],
    ['was given up', 1, false, false],
  ])('lies in memory that the next batch gets, where it %s', async (_, times, isWritten, isGivenBack) => {
    const { lines, payloads, spare } = await formed({ format: 'ecs' })
    for (let time = 0; time < times; time++) payloads()
    lines.settled(isWritten)
    expect(spare.take().room > new ByteWriter().room).toBe(isGivenBack)
  })
})

it('a lane writes its batches from the same memory, but for one that it had to write twice', async () => {
  const [store, sink] = [openStore(), scriptedSink()]
  const events = auditEvents(20)
  for (let from = 0; from < 20; from += 4) await spool(store, events.slice(from, from + 4))
  const memories: ArrayBufferLike[] = []
  let attempts = 0
  sink.always(({ events: written }) => {
    const [memory = expect.fail()] = written.map(({ payload }) => payload.buffer)
    memories.push(memory)
    attempts++
    return every(written.length, attempts === 2 ? { kind: 'retry', reason: 'busy' } : delivered)
  })
  const batch = { maxEvents: 4, maxBytes: 1e6, maxAgeMs: 1_000 }
  const changes = {
    format: 'csv',
    start: 'beginning',
    batch,
    inFlight: 1,
    retry: { maxBackoffMs: 1 },
  } as const
  const definition = { ...sinkConfig().definition, copiesPayloads: true as const }
  const { deliver } = await openLane(store, sink, { ...changes, definition })
  await deliver()
  expect(sink.taken).toHaveLength(20)
  expect(attempts).toBe(6)
  expect(memories[2]).toBe(memories[1])
  expect(memories.slice(3)).not.toContain(memories[1])
  expect(new Set(memories).size).toBeLessThan(5)
})

describe.each(['csv', 'native'] as const)('payloads of %s', (format) => {
  const written = async (copiesPayloads?: true) => {
    const [store, sink] = [openStore(), scriptedSink()]
    const events = auditEvents(8 * MANY)
    for (let from = 0; from < events.length; from += MANY) await spool(store, events.slice(from, from + MANY))
    const kept: { payload: Uint8Array; text: string }[] = []
    let attempts = 0
    sink.always(({ events: written }) => {
      kept.push(...written.map(({ payload }) => ({ payload, text: Buffer.from(payload).toString() })))
      attempts++
      return every(written.length, attempts === 2 ? { kind: 'retry', reason: 'busy' } : delivered)
    })
    const batch = { maxEvents: 40, maxBytes: 1e6, maxAgeMs: 1_000 }
    const changes = { format, start: 'beginning', batch, retry: { maxBackoffMs: 1 } } as const
    const definition = { ...sinkConfig().definition, ...(copiesPayloads && { copiesPayloads }) }
    const { deliver } = await openLane(store, sink, { ...changes, definition })
    await deliver()
    expect(sink.taken).toHaveLength(events.length)
    expect(kept).toHaveLength(events.length + 40)
    return kept.filter(({ payload, text }) => Buffer.from(payload).toString() === text).length
  }

  it('stay as they are for a sink that does not say that it copies them', async () => {
    expect(await written()).toBe(8 * MANY + 40)
  })

  it('go, of a sink that copies them, when they are settled', async () => {
    expect(await written(true)).toBeLessThan(4 * MANY)
  })
})
