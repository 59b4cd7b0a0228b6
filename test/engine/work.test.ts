/** A batch as it forms: what the rules do with each event, how much it may hold, and shared entries. */
import { describe, expect, it } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import { createEntryReader, type LaneEntry } from '../../src/deliver/entries.ts'
import { compileRules } from '../../src/deliver/rules.ts'
import { batchOf, fillWork, oldestOf, startWork } from '../../src/deliver/work.ts'
import type { AuditEvent } from '../../src/event.ts'
import { native } from '../../src/formats/native.ts'
import { createPacker } from '../../src/spool/codec.ts'
import { auditEvents } from '../conformance/batches.ts'
import { openStore } from './lane-rig.ts'
import { sinkConfig } from './sample-config.ts'
import { spool, writeNativeLine } from './spooled-events.ts'

const events = auditEvents(12)
const PLENTY = { maxEvents: 1_000, maxBytes: 1e9 }

async function entryAt(base: number): Promise<LaneEntry> {
  const entry = { base, count: 12, blob: await createPacker()(events, writeNativeLine) }
  return (await createEntryReader({ readEntry: async () => entry }).at('acme', base)) ?? expect.fail()
}

const rulesOf = (changes: Partial<SinkConfig> = {}) => compileRules(sinkConfig(changes))
const offsets = (of: readonly { readonly offset: number | undefined }[]) => of.map(({ offset }) => offset)

describe('filling', () => {
  it('takes every event from the work on, up to where it may', async () => {
    const work = startWork('acme', 103, 0)
    expect(fillWork(work, await entryAt(100), 110, { rules: rulesOf(), limits: PLENTY })).toBe(false)
    expect(offsets(work.items)).toEqual([103, 104, 105, 106, 107, 108, 109])
    expect([work.from, work.to]).toEqual([103, 110])
  })

  it('is full with as many events, or bytes, as fit', async () => {
    const entry = await entryAt(0)
    const byCount = startWork('acme', 0, 0)
    expect(fillWork(byCount, entry, 12, { rules: rulesOf(), limits: { ...PLENTY, maxEvents: 5 } })).toBe(true)
    expect([byCount.items.length, byCount.to]).toEqual([5, 5])
    const bySize = startWork('acme', 0, 0)
    const maxBytes = entry.line(0).length + entry.line(1).length
    expect(fillWork(bySize, entry, 12, { rules: rulesOf(), limits: { ...PLENTY, maxBytes } })).toBe(true)
    expect([bySize.items.length, bySize.bytes, bySize.to]).toEqual([2, maxBytes, 2])
  })

  it('puts each event where the rules send it, and none twice', async () => {
    const work = startWork('acme', 0, 0)
    const rules = rulesOf({ where: 'token.name == "ci-deploy" && severity < 3' })
    fillWork(work, await entryAt(0), 12, { rules, limits: PLENTY })
    const all = [...offsets(work.items), ...offsets(work.filtered), ...offsets(work.failed)]
    expect(all.sort((left, right) => Number(left) - Number(right))).toEqual([...Array(12).keys()])
    expect(work.items.every(({ event }) => event.token?.name === 'ci-deploy' && event.severity < 3)).toBe(
      true,
    )
  })

  it('measures the bytes that the sink gets, in its own format', async () => {
    const work = startWork('acme', 0, 0)
    fillWork(work, await entryAt(0), 12, { rules: rulesOf({ format: 'raw' }), limits: PLENTY })
    const sum = work.items.reduce((total, { payload }) => total + payload.byteLength, 0)
    expect(work.bytes).toBe(sum)
    expect(batchOf('acme', 'Acme', work.items)).toMatchObject({
      source: 'acme',
      organization: 'Acme',
      bytes: sum,
    })
    const [first] = work.items
    expect(Buffer.from(first?.payload ?? []).toString()).toBe(JSON.stringify(events[0]?.raw))
    expect(first?.event).toEqual(JSON.parse(native.encode(events[0] as (typeof events)[number])))
  })

  it('parses an event when it is asked for, once', async () => {
    const work = startWork('acme', 0, 0)
    fillWork(work, await entryAt(0), 12, { rules: rulesOf(), limits: PLENTY })
    const [first] = work.items
    expect(first?.event).toEqual(JSON.parse(native.encode(events[0] as (typeof events)[number])))
    expect(first?.event).toBe(first?.event)
  })
})

describe('the entry reader', () => {
  it('unpacks an entry once for lanes that read the same part of the log', async () => {
    const store = openStore()
    await spool(store, events.slice(0, 4))
    await spool(store, events.slice(4))
    let reads = 0
    const { readEntry } = store
    store.readEntry = (source, offset) => {
      reads++
      return readEntry(source, offset)
    }
    const entries = createEntryReader(store)
    const bases: (number | undefined)[] = []
    for (const offset of [0, 3, 4, 11, 1, 12]) bases.push((await entries.at('acme', offset))?.base)
    expect(bases).toEqual([0, 0, 4, 4, 0, undefined])
    expect(reads).toBe(3)
    expect(await entries.at('other', 0)).toBeUndefined()
  })
})

it('counts to the lag what came from the log, not what goes out again', async () => {
  const work = startWork('acme', 100, 0)
  fillWork(work, await entryAt(100), 112, { rules: rulesOf(), limits: PLENTY })
  work.items.push({ uid: 'replayed', timestamp: 1, payload: Buffer.of(), event: at(0), offset: undefined })
  expect(oldestOf(work)).toBe(at(0).timestamp)
})

function at(index: number): AuditEvent {
  const event = events[index]
  if (event === undefined) throw new Error('no such event')
  return event
}
