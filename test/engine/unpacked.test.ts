/** How a large batch waits: its entries are packed again until their lines are needed. */
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createEntryReader, type LaneEntry } from '../../src/deliver/entries.ts'
import { compileRules, type Rules } from '../../src/deliver/rules.ts'
import { createUnpacked, type Packable, type Unpacked } from '../../src/deliver/unpacked.ts'
import { batchOf, fillWork, startWork, type Work } from '../../src/deliver/work.ts'
import { createSpareWriters } from '../../src/lib/spare-writers.ts'
import { delivered, every } from '../../src/outcome.ts'
import { auditEvents } from '../conformance/batches.ts'
import { openLane, openStore, scriptedSink } from './lane-rig.ts'
import { sinkConfig } from './sample-config.ts'
import { contentOf, spool } from './spooled-events.ts'

const events = auditEvents(12)
const PLENTY = { maxEvents: 1_000, maxBytes: 1e9 }

/** A log of entries with four events each, and notes on what its reader did. */
async function openLog({ most, each = 4 }: { most?: number; each?: number } = {}) {
  const store = openStore()
  for (let from = 0; from < events.length; from += each) await spool(store, events.slice(from, from + each))
  const bound = createUnpacked(most)
  const noted: { it: Packable; bytes: number }[] = []
  const unpacked: Unpacked = {
    note(it, bytes) {
      noted.push({ it, bytes })
      bound.note(it, bytes)
    },
    forget: bound.forget,
  }
  const reader = createEntryReader(store, unpacked)
  return { noted, at: async (offset: number) => (await reader.at('acme', offset)) as LaneEntry }
}

describe('an entry', () => {
  it('says the same when it was packed, and again', async () => {
    const { at, noted } = await openLog()
    const entry = await at(4)
    const before = contentOf(entry)
    expect(before.map(({ uid }) => uid)).toEqual(events.slice(4, 8).map(({ uid }) => uid))
    for (const times of [1, 2, 3]) {
      expect(noted).toHaveLength(times)
      noted[0]?.it.pack()
      expect(contentOf(entry)).toEqual(before)
    }
  })

  it('names its events without being unpacked', async () => {
    const { at, noted } = await openLog()
    const entry = await at(0)
    noted[0]?.it.pack()
    expect([entry.uid(3), entry.timestamp(3)]).toEqual([events[3]?.uid, events[3]?.timestamp])
    expect(entry.size(3)).toBeGreaterThan(300)
    expect(noted).toHaveLength(1)
  })

  it('lets go of its memory', async () => {
    const { at, noted } = await openLog({ each: 1 })
    const entries: LaneEntry[] = []
    for (const offset of events.keys()) entries.push(await at(offset))
    const memories = entries.map(memoryOf)
    for (const { it } of noted) it.pack()
    await collected()
    // zlib itself holds on to the last few.
    expect(memories.filter((memory) => memory.deref() !== undefined).length).toBeLessThan(6)
    expect(entries[0]?.line(0).toString()).toContain(events[0]?.uid)
  })
})

describe('the bound', () => {
  it('packs what was unpacked first, as soon as there is more than may be', async () => {
    const { at, noted } = await openLog({ most: 8_000 })
    const bytes = (await at(0)).bytes
    expect(bytes * 3).toBeGreaterThan(8_000)
    expect(bytes * 2).toBeLessThan(8_000)
    await at(4)
    const [first] = [await at(0), await at(8)]
    expect(noted).toHaveLength(3)
    first.line(0)
    expect(noted).toHaveLength(4)
    first.line(1)
    expect(noted).toHaveLength(4)
    ;(await at(4)).line(0)
    expect(noted).toHaveLength(5)
  })

  it('leaves what is unpacked alone open, however large', async () => {
    const { at, noted } = await openLog({ most: 1 })
    const entry = await at(0)
    entry.line(0)
    expect(noted).toHaveLength(1)
    await at(4)
    entry.line(0)
    expect(noted).toHaveLength(2 + 1)
  })

  it('neither packs nor counts what nobody will ask again', () => {
    const bound = createUnpacked(10)
    const packed: string[] = []
    const [settled, waiting] = ['settled', 'waiting'].map((name) => ({ pack: () => void packed.push(name) }))
    for (const it of [settled, waiting, settled]) bound.note(it as Packable, 3)
    bound.forget(settled as Packable)
    bound.note({ pack() {} }, 7)
    expect(packed).toEqual([])
    bound.note({ pack() {} }, 7)
    expect(packed).toEqual(['waiting'])
  })

  it('keeps alive nothing that nobody else has', async () => {
    const bound = createUnpacked(10)
    const memory = noteOne(bound)
    await collected()
    expect(memory.deref() === undefined).toBe(true)
    bound.note({ pack() {} }, 20)
  })
})

it('says nothing of the size of a batch before it is asked: no line is unpacked for it', async () => {
  const { at, noted } = await openLog()
  const work = startWork('acme', 0, 0)
  fillWork(work, await at(0), 4, { rules: compileRules(sinkConfig({})), limits: PLENTY })
  noted[0]?.it.pack()
  const batch = batchOf('acme', 'acme', work.items)
  expect(noted).toHaveLength(1)
  expect(batch.bytes).toBe(work.bytes)
  expect(noted).toHaveLength(2)
})

describe('what rules made of events', () => {
  const formed = async (rules: Rules) => {
    const { at } = await openLog()
    const work = startWork('acme', 0, 0)
    const noted: Packable[] = []
    const unpacked: Unpacked = { note: (it) => noted.push(it), forget() {} }
    const memory = { unpacked, spare: createSpareWriters() }
    fillWork(work, await at(0), 4, { rules, limits: PLENTY, memory })
    return { work, noted }
  }
  const shown = ({ items }: Work) =>
    items.map(({ uid, timestamp, offset, payload, event }) => ({
      ...{ uid, timestamp, offset, event: JSON.stringify(event) },
      payload: Buffer.from(payload).toString(),
    }))

  it('is the same when it was packed, and again', async () => {
    const redact = [{ field: 'actor.login', with: 'mask' }] as const
    const { work, noted } = await formed(compileRules(sinkConfig({ format: 'csv', redact: [...redact] })))
    const before = shown(work)
    expect(before.map(({ uid }) => uid)).toEqual(events.slice(0, 4).map(({ uid }) => uid))
    expect(before[1]?.event).toContain('***')
    for (const times of [1, 2, 3]) {
      expect(noted).toHaveLength(times)
      noted[0]?.pack()
      expect(shown(work)).toEqual(before)
    }
  })

  it('is judged by no rule once more: an event that is a repeat of itself stays', async () => {
    const rules = compileRules(sinkConfig({ format: 'csv', dedupeWindowMs: 60_000 }))
    let judged = 0
    const apply: Rules['apply'] = (line) => {
      judged++
      return rules.apply(line)
    }
    const { work, noted } = await formed({ ...rules, apply })
    noted[0]?.pack()
    shown(work)
    expect(judged).toBe(4)
  })

  it('is not noted where rules made nothing', async () => {
    const { noted } = await formed(compileRules(sinkConfig({})))
    expect(noted).toEqual([])
  })
})

it('is told of what a lane has brought to its end, and no sooner', async () => {
  const [store, sink] = [openStore(), scriptedSink()]
  await spool(store, events.slice(0, 4))
  const told: Packable[][] = [[], []]
  const [noted = [], forgotten = []] = told
  const unpacked = { note: (it: Packable) => noted.push(it), forget: (it: Packable) => forgotten.push(it) }
  let atSink: number[] = []
  sink.always(({ events: { length } }) => {
    atSink = told.map((its) => its.length)
    return every(length, delivered)
  })
  const { deliver } = await openLane(store, sink, { format: 'csv', start: 'beginning' }, undefined, unpacked)
  await deliver()
  expect(sink.taken).toHaveLength(4)
  expect(atSink).toEqual([2, 0])
  // The first is the entry, which another lane may need.
  expect(forgotten).toEqual(noted.slice(1))
})

// Functions of their own, because whatever an async function has held lives as long as it does.

function memoryOf(entry: LaneEntry): WeakRef<ArrayBufferLike> {
  return new WeakRef(entry.line(0).buffer)
}

function noteOne(bound: Unpacked): WeakRef<Packable> {
  const it = { pack() {} }
  bound.note(it, 5)
  return new WeakRef(it)
}

async function collected(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  // A target read through a weak reference lives until the end of the turn.
  for (let times = 0; times < 3; times++) {
    await turn()
    gc()
  }
}
