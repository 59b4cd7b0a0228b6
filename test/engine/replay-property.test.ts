/**
 * Whatever source, archives and ledger still have of a range: a replay sends it, each event once, and says how much is
 * missing.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ArchivedEvent } from '../../src/archive/archive.ts'
import { parseNative } from '../../src/formats/native.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { createNormaliser } from '../../src/normalise/normalise.ts'
import { normalisePage } from '../../src/normalise/page.ts'
import type { ReplayRequest } from '../../src/replay/request.ts'
import { createMemoryArchive } from '../server/memory-archive.ts'
import { NOW } from './poll-rig.ts'
import { deliveredWorld } from './replay-rig.ts'
import type { LogSwitches } from './simulated-log.ts'

type Event = Pick<ArchivedEvent, 'uid' | 'timestamp'>

/** Some seconds, often in the same minutes, with up to three identical events in each. */
const ages = fc.integer({ min: 2, max: 900 })
const happened = fc
  .array(fc.tuple(ages, fc.constantFrom('a', 'b'), fc.integer({ min: 1, max: 3 })), { maxLength: 25 })
  .map((them) => them.flatMap(([age, what, twins]) => Array.from({ length: twins }, () => ({ what, age }))))
/** Which events an archive holds, by a pattern over their positions. */
const lacks = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 8 }), fc.nat({ max: 900 }))
const plans = fc.record({
  happened,
  archives: fc.array(lacks, { maxLength: 3 }),
  /** The source shows nothing older than `window`, and omits one event in `gone`. */
  window: fc.integer({ min: 0, max: 1_000 }),
  gone: fc.integer({ min: 2, max: 9 }),
  /** Late events, which only the source has. */
  late: fc.array(ages, { maxLength: 3 }),
  /** Whether only an archive has the events, because the ledger is older. */
  unknown: fc.boolean(),
  /** The ledger has forgotten the uids. */
  forgotten: fc.boolean(),
  from: fc.integer({ min: 300, max: 1_000 }),
  to: fc.integer({ min: -5, max: 250 }),
  /** Milliseconds that pass with each reading of the clock. */
  slow: fc.constantFrom(0, 400, 900, 3_000),
  /** The numbers of slices after which the command is interrupted, and repeated. */
  kills: fc.array(fc.nat({ max: 12 }), { maxLength: 2 }),
  delivers: fc.boolean(),
})
const switches: fc.Arbitrary<LogSwitches> = fc.record({
  pageSize: fc.oneof(fc.integer({ min: 12, max: 20 }), fc.constant(Number.POSITIVE_INFINITY)),
  inclusive: fc.boolean(),
  tokens: fc.constant(true),
})

const minuteOf = ({ timestamp }: Event) => Math.floor(timestamp / 60)
const sameUids = (some: readonly Event[], others: readonly Event[]) =>
  some.length === others.length && some.every(({ uid }) => others.some((it) => it.uid === uid))

it('sends all that is left of a range, each event once, and counts what is gone', async () => {
  const check = fc.asyncProperty(plans, switches, async (plan, how) => {
    const world = await deliveredWorld({ events: 0, archives: 0, happened: plan.happened, switches: how })
    const { rig, sink, spooled, kept, parts, slowly } = world
    const held = plan.archives.map(([every, at, older]) =>
      spooled.filter(({ timestamp }, index) => index % every !== at && timestamp >= NOW - 900 + older / 2),
    )
    const stranger = spooled[0]
    if (plan.unknown && held[0] !== undefined && stranger !== undefined) {
      const uid = 'ab'.repeat(32)
      const line = Buffer.from(`${stranger.line}`.replace(stranger.uid, uid))
      held[0] = [...held[0], { ...stranger, uid, line }]
    }
    held.forEach((events, at) => {
      const archive = createMemoryArchive()
      archive.add(...events.map(({ line }) => parseNative(line)))
      kept.push({ id: `archive${at}`, archive: archive as never })
    })
    rig.log.records.splice(
      0,
      Infinity,
      ...rig.log.records.filter(
        ({ timestamp }, at) => timestamp >= NOW - plan.window && at % plan.gone !== 1,
      ),
      ...plan.late.map((age) => record({ timestamp: NOW - age, description: 'late' })),
    )
    if (plan.forgotten) await rig.store.pruneLedger('acme', Math.floor(NOW / 60) + 9, 0)
    const normalise = createNormaliser({ source: 'acme', organization: 'acme' })
    const shown = normalisePage(
      [...rig.log.records].sort((a, b) => b.timestamp - a.timestamp),
      normalise,
      0,
    )
    const range = {
      from: NOW - plan.from,
      to: Math.min(NOW - plan.to, (await parts.store.loadSource('acme'))?.checkpoint ?? 0),
    }

    const { there, optional, gone } = whatIsLeft({ spooled, held, shown }, range, plan.forgotten)
    const expected = there.filter(({ timestamp }) => range.from <= timestamp && timestamp < range.to)

    if (plan.slow > 0) slowly(plan.slow)
    const run = (most: number) => runOf(world, range, plan.delivers, most)
    for (const kill of plan.kills) if (kill > 0) await run(kill)
    sink.taken.length = 0
    const counts = await run(2_000)
    const [sent, wanted] = [sink.taken.toSorted(), new Set(expected.map(({ uid }) => uid))]
    expect(new Set(sent).size).toBe(sent.length)
    expect(sent.filter((uid) => !wanted.has(uid))).toEqual([])
    expect([...wanted].filter((uid) => !sent.includes(uid) && !optional.has(uid))).toEqual([])
    expect(counts).toEqual({ queued: sent.length, notFound: gone, gaps: 0 })
  })
  await fc.assert(check, { numRuns: 150 })
})

interface Where {
  readonly spooled: readonly Event[]
  readonly held: readonly (readonly Event[])[]
  /** What the source shows now. */
  readonly shown: readonly Event[]
}

/**
 * For the minutes of a range: which events can be found, which of these need not be sent, and how many more the ledger
 * counts.
 */
function whatIsLeft(
  { spooled, held, shown }: Where,
  { from, to }: { from: number; to: number },
  forgotten: boolean,
) {
  const left = new Map<string, Event>()
  const optional = new Set<string>()
  let gone = 0
  for (let minute = Math.floor(from / 60); minute < Math.ceil(to / 60); minute++) {
    const of = (events: readonly Event[]) => events.filter((event) => minuteOf(event) === minute)
    const known = of(spooled)
    const archived = held.map(of)
    const isWhole = known.length > 0 && archived.some((events) => sameUids(events, known))
    const there = isWhole ? known : [...archived.flat(), ...of(shown)]
    for (const event of there) left.set(event.uid, event)
    // If nothing here knows of a minute, the source need not be asked for it.
    const isUnknown = held.length > 0 && known.length + archived.flat().length === 0
    for (const { uid } of isUnknown ? there : []) optional.add(uid)
    const lost = known.filter(({ uid }) => !left.has(uid)).length
    gone += forgotten ? Math.max(0, known.length - new Set(there.map(({ uid }) => uid)).size) : lost
  }
  return { there: [...left.values()], optional, gone }
}

/** Requests slice after slice; interrupted after `most` of them. */
async function runOf(
  { slice, deliver }: Awaited<ReturnType<typeof deliveredWorld>>,
  range: { from: number; to: number },
  delivers: boolean,
  most: number,
) {
  const counts = { queued: 0, notFound: 0, gaps: 0 }
  let next: ReplayRequest['cursor']
  let slices = 0
  do {
    const it = await slice({ ...range, ...(next && { cursor: next }) })
    for (const key of ['queued', 'notFound', 'gaps'] as const) counts[key] += it[key]
    if (delivers) await deliver()
    next = it.next
  } while (next !== undefined && ++slices < most)
  await deliver()
  return counts
}
