/** When a batch is ready, what it contains, and what comes first. */
import { describe, expect, it } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import { createEntryReader } from '../../src/deliver/entries.ts'
import { createIntake } from '../../src/deliver/intake.ts'
import { createLaneBook } from '../../src/deliver/lane-book.ts'
import { compileRules } from '../../src/deliver/rules.ts'
import type { AuditEvent } from '../../src/event.ts'
import { native } from '../../src/formats/native.ts'
import { freshCursor, type LaneState } from '../../src/spool/lane-state.ts'
import { auditEvents } from '../conformance/batches.ts'
import { deadLetter, settlement } from '../conformance/store-samples.ts'
import { openStore } from './lane-rig.ts'
import { sinkConfig } from './sample-config.ts'
import { spool } from './spooled-events.ts'

const events = auditEvents(100)
const uids = events.map(({ uid }) => uid)
const NOW = { flush: true, lettersUnderWay: false }
const RIPE = { flush: false, lettersUnderWay: false }
const LATER = { maxEvents: 10, maxBytes: 1_000_000, maxAgeMs: 5_000 }

interface Setup {
  readonly spooled?: Readonly<Record<string, number>>
  readonly state?: LaneState
  readonly letters?: readonly string[]
  readonly config?: Partial<SinkConfig>
}

async function openIntake({
  spooled = { acme: 100 },
  state,
  letters = [],
  config: changes = {},
}: Setup = {}) {
  const store = openStore()
  const config = sinkConfig({ sources: Object.keys(spooled), ...changes })
  const ends = new Map<string, number>()
  const grow = async (source: string, count: number) => {
    const end = ends.get(source) ?? 0
    if (count > 0) await spool(store, events.slice(end, end + count), source)
    ends.set(source, end + count)
  }
  for (const [source, count] of Object.entries(spooled)) await grow(source, count)
  await store.settle([settlement({ deadLettered: letters.map(queued) })])

  const clock = { ms: 0 }
  const cursors = Object.fromEntries(config.sources.map((source) => [source, freshCursor(0)]))
  const book = createLaneBook(state ?? { cursors })
  const intake = createIntake({
    config,
    rules: compileRules(config),
    book,
    store,
    entries: createEntryReader(store),
    now: () => clock.ms,
    logEnd: (source) => ends.get(source) ?? 0,
  })
  /** Offsets in the log, or ids of dead letters. */
  const take = async (options = NOW) => {
    const taken = await intake.take(options)
    return taken?.work.items.map(({ offset, letter }) => offset ?? letter?.id)
  }
  /** The log ends `count` events later, and the store lacks them. */
  const lose = (source: string, count: number) => ends.set(source, (ends.get(source) ?? 0) + count)
  return { store, clock, book, intake, take, grow, lose }
}

const queued = (id: string) =>
  deadLetter(id, { state: 'queued', event: native.encode(events[0] as AuditEvent) })
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

describe('a batch is ready', () => {
  it('when it holds `max_events`', async () => {
    const { intake, take } = await openIntake({ spooled: { acme: 25 }, config: { batch: LATER } })
    expect(await take(RIPE)).toEqual(range(0, 10))
    expect(await take(RIPE)).toEqual(range(10, 20))
    expect(await take(RIPE)).toBeUndefined()
    expect(intake.isEmpty()).toBe(false)
  })

  it('when the next event would not fit into `max_bytes`', async () => {
    const sizes = events.map((event) => Buffer.byteLength(native.encode(event)))
    const maxBytes = sizes.slice(0, 4).reduce((sum, size) => sum + size, 0) + 1
    const { intake } = await openIntake({ config: { batch: { ...LATER, maxBytes } } })
    const first = await intake.take(RIPE)
    expect(first?.work.items.map(({ offset }) => offset)).toEqual(range(0, 4))
    expect(first?.work.bytes).toBe(maxBytes - 1)
  })

  it('with one event alone that is larger than `max_bytes`', async () => {
    const { take } = await openIntake({ config: { batch: { ...LATER, maxBytes: 1 } } })
    expect([await take(RIPE), await take(RIPE)]).toEqual([[0], [1]])
  })

  it('when it is as old as `max_age`; it takes up what came meanwhile', async () => {
    const { clock, intake, take, grow } = await openIntake({ spooled: { acme: 3 }, config: { batch: LATER } })
    expect(await take(RIPE)).toBeUndefined()
    expect(intake.ripensIn()).toBe(5_000)
    clock.ms = 4_000
    await grow('acme', 2)
    expect(await take(RIPE)).toBeUndefined()
    expect(intake.ripensIn()).toBe(1_000)
    clock.ms = 5_000
    expect(await take(RIPE)).toEqual(range(0, 5))
    expect([intake.ripensIn(), intake.isEmpty()]).toEqual([undefined, true])
  })

  it('when it is as old as `max_age`, whatever the clock was set back to meanwhile', async () => {
    const { clock, intake, take } = await openIntake({ spooled: { acme: 3 }, config: { batch: LATER } })
    clock.ms = 7_200_000
    expect(await take(RIPE)).toBeUndefined()
    clock.ms = 0
    expect(await take(RIPE)).toBeUndefined()
    expect(intake.ripensIn()).toBe(5_000)
    clock.ms = 5_000
    expect(await take(RIPE)).toEqual(range(0, 3))
  })

  it('at once when told to flush', async () => {
    const { take } = await openIntake({ spooled: { acme: 3 }, config: { batch: LATER } })
    expect(await take(NOW)).toEqual([0, 1, 2])
  })

  it('with nothing to write, when the rules leave everything out', async () => {
    const { intake, book } = await openIntake({ config: { where: 'severity > 100' } })
    const taken = await intake.take(NOW)
    expect(taken?.work.items).toEqual([])
    expect(taken?.work.filtered.map(({ uid }) => uid)).toEqual(uids)
    expect(book.next('acme')).toBe(100)
  })
})

describe('what comes first', () => {
  const left: LaneState = {
    cursors: {
      acme: {
        ...freshCursor(40),
        open: [
          {
            ranges: [
              [5, 7],
              [12, 14],
            ],
          },
          { ranges: [[30, 33]] },
        ],
      },
    },
  }

  it('is what was left open, exactly as it was; then dead letters, then new events', async () => {
    const { take } = await openIntake({ state: left, letters: ['d1', 'd2'] })
    expect(await take()).toEqual([5, 6, 12, 13])
    expect(await take()).toEqual([30, 31, 32])
    expect(await take()).toEqual(['d1', 'd2'])
    expect(await take({ flush: true, lettersUnderWay: true })).toEqual(range(40, 50))
  })

  it('is never the same dead letters twice at a time', async () => {
    const { store, intake, take } = await openIntake({ spooled: { acme: 0 }, letters: ['d1'] })
    expect(await take()).toEqual(['d1'])
    expect(await take({ flush: true, lettersUnderWay: true })).toBeUndefined()
    expect(intake.isEmpty()).toBe(false)
    await store.settle([settlement({ redelivered: ['d1'] })])
    expect(await take()).toBeUndefined()
    expect(intake.isEmpty()).toBe(true)
  })

  it('does not look for dead letters until it is told to', async () => {
    const { store, intake, take } = await openIntake({ spooled: { acme: 0 } })
    expect(await take()).toBeUndefined()
    await store.settle([settlement({ deadLettered: [queued('d1')] })])
    expect(await take()).toBeUndefined()
    intake.lookForLetters()
    expect(await take()).toEqual(['d1'])
  })

  it('is each source in its turn: a long backlog of one does not keep another waiting', async () => {
    const { intake } = await openIntake({ spooled: { a: 100, b: 10, c: 100 } })
    const sources: (string | undefined)[] = []
    for (let batch = 0; batch < 6; batch++) sources.push((await intake.take(NOW))?.work.source)
    expect(sources).toEqual(['a', 'b', 'c', 'a', 'c', 'a'])
  })
})

describe('a batch that is given back', () => {
  it('is taken up again, with what was not settled of it', async () => {
    const { intake, book, take } = await openIntake()
    const taken = await intake.take(NOW)
    if (taken === undefined) throw new Error('nothing was taken')
    book.close('acme', taken.batch, [0, 1, 2, 7])
    intake.giveBack(taken)
    expect(intake.isEmpty()).toBe(false)
    expect(await take()).toEqual([3, 4, 5, 6, 8, 9])
    expect(await take()).toEqual(range(10, 20))
  })

  it('of dead letters is looked for again', async () => {
    const { intake, take } = await openIntake({ spooled: { acme: 0 }, letters: ['d1'] })
    const taken = await intake.take(NOW)
    if (taken === undefined) throw new Error('nothing was taken')
    intake.giveBack(taken)
    expect(await take()).toEqual(['d1'])
  })
})

it('says so when what was left open is no longer in the log, and keeps it', async () => {
  const state: LaneState = { cursors: { acme: { ...freshCursor(200), open: [{ ranges: [[150, 160]] }] } } }
  const { intake, take } = await openIntake({ state })
  await expect(take()).rejects.toThrow('offset 150 is no longer in the log of acme')
  expect(intake.isEmpty()).toBe(false)
})

it('says so when a new event is no longer in the log, after the events before it', async () => {
  const { take, lose } = await openIntake({ spooled: { acme: 3 }, config: { batch: LATER } })
  lose('acme', 5)
  expect(await take()).toEqual([0, 1, 2])
  await expect(take()).rejects.toThrow('offset 3 is no longer in the log of acme')
})
