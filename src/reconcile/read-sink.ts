/** What really lies at a sink beside what its ledger says was delivered there. */
import type { ReadBackRange, Sink } from '../connector.ts'
import { TEST_ORGANIZATION } from '../deliver/sink-test.ts'
import type { PlaceFault, RotatedPlace, StoredEvent } from '../formats/read-back.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import { knownUids, packedPart } from '../ledger/minutes.ts'
import type { Store } from '../spool/store.ts'
import { exampleOf } from './examples.ts'
import type { LaneView, LedgerView } from './lane-view.ts'
import { type Missing, missingOfMinute } from './missing.ts'
import type { SeenEvent, SourceView } from './read-source.ts'
import type { Example, FoundAtSink, ObjectFault, OlderEvents } from './result.ts'

interface ReadSinkParts {
  readonly store: Store
  readonly sink: Sink
  readonly sinkId: string
  readonly range: ReadBackRange
  readonly source: SourceView
  readonly view: LedgerView
  /** Uids of the sink's dead letters. */
  readonly deadLettered: ReadonlySet<string>
  /** Uids of replays that the sink refused: an event that only a backfill for it brought was never there. */
  readonly refused: ReadonlySet<string>
  /** Stretches of event time, Unix seconds, that backfills for this sink alone have brought it. */
  readonly brought: readonly (readonly [from: number, to: number])[]
  /** Other sources write there too: an event that doesn't say whose it is may be theirs. */
  readonly isShared: boolean
  /** Whether the source's ledger may count events of another log in the minute: of one that it was read from before. */
  isMixed(minute: number): boolean
}

export interface ReadBack {
  readonly found: FoundAtSink
  /** Uids of events that the source shows. */
  readonly there: ReadonlySet<string>
}

/** Undefined: the sink's format carries no uid. */
export async function readSink(it: ReadSinkParts, signal: AbortSignal): Promise<ReadBack | undefined> {
  const { sink, range, source } = it
  const minutes = { from: Math.floor(range.from / 60), to: Math.ceil(range.to / 60) }
  const whole = { ...range, from: minutes.from * 60, to: minutes.to * 60 }
  const stored = sink.readBack?.(whole, signal)
  if (stored === undefined) return undefined
  const seen = new Map<string, SeenEvent>()
  for (const events of source.minutes.values()) for (const event of events) seen.set(event.uid, event)
  const counts = new Map<string, number>()
  const strangers: StoredEvent[] = []
  const altered: FoundAtSink['altered'][number][] = []
  const unreadable: string[] = []
  const faults: PlaceFault[] = []
  let rotated: RotatedPlace | undefined
  let oldest = range.to
  const take = (one: StoredEvent) => {
    if ((one.facts.organization ?? one.facts.Organization) === TEST_ORGANIZATION) return
    const event = seen.get(one.uid)
    if (isAnothers(it, one, event)) return
    if (one.timestamp < oldest) oldest = one.timestamp
    if (event === undefined) {
      const mayBeOurs = one.source !== undefined || !it.isShared
      if (mayBeOurs && isWithin(one.timestamp, range)) strangers.push(one)
      return
    }
    counts.set(one.uid, (counts.get(one.uid) ?? 0) + 1)
    const facts = isOwn(it, one) ? one.facts : { ...one.facts, source: range.source }
    const fields = differing(event.expected.get(it.sinkId), facts)
    if (fields.length > 0 && isWithin(event.timestamp, range))
      altered.push({ ...exampleOf(event), ...whereOf(one), fields })
  }
  for await (const one of stored) {
    if (typeof one === 'string') unreadable.push(one)
    else if (!('kind' in one)) take(one)
    else if (one.kind === 'rotated') rotated = one
    else faults.push(one)
  }
  // Asked for now: what was delivered meanwhile was spooled before.
  const known = knownUids(await it.store.ledger(range.source, minutes.from, minutes.to - 1))
  const isKnown = ({ uid, timestamp }: StoredEvent) =>
    known.get(Math.floor(timestamp / 60))?.has(packedPart(uid)) === true
  const extra = strangers.filter((one) => isOwn(it, one) && !isKnown(one)).map(foreignExample)
  const others = strangers.filter(isKnown)
  const lackingOf = lackingIn(it, counts, others)
  const minutesThere = minutesAt(it, counts, others)
  const { events: delivered, unnamed } = missingOf(it, minutesThere)
  const brought = await broughtOf(it, minutesThere, new Set(delivered))
  const missing = [...delivered, ...brought.missing]
  const found = {
    events: [...counts.keys()].filter((uid) => isWithin(seen.get(uid)?.timestamp, range)).length,
    copies: [...counts.values()].reduce((sum, count) => sum + count - 1, 0),
    missing: missing.map(exampleOf),
    ...(rotated && olderOf(missing, oldest, rotated)),
    ...(unnamed > 0 && { unnamed }),
    ...(brought.queued > 0 && { queued: brought.queued }),
    extra,
    altered,
    unreadable,
    objects: faults.map((fault) => judged(fault, lackingOf)),
  }
  return { found, there: new Set(counts.keys()) }
}

function isOwn({ range }: ReadSinkParts, { source }: StoredEvent): boolean {
  return source === undefined || source === range.source
}

/** Two sources may read one organisation: the same uids then lie there for each, or once for both. */
function isAnothers(it: ReadSinkParts, one: StoredEvent, event: SeenEvent | undefined): boolean {
  if (isOwn(it, one)) return false
  return one.isKeptOnce !== true || (event !== undefined && !isWanted(it, event))
}

function olderOf(
  missing: readonly SeenEvent[],
  before: number,
  { isSeen }: RotatedPlace,
): { older?: OlderEvents } {
  const events = missing.filter(({ timestamp }) => timestamp < before).length
  return events === 0 ? {} : { older: { events, before: rfc3339(before), left: isSeen } }
}

function isWithin(second: number | undefined, { from, to }: ReadBackRange): boolean {
  return second !== undefined && second >= from && second < to
}

function whereOf({ place }: StoredEvent): { where?: string } {
  return place === undefined ? {} : { where: place }
}

function foreignExample(stored: StoredEvent): Example {
  const { uid, timestamp, facts } = stored
  const { action = facts.EventID ?? '', description = facts.Description ?? '' } = facts
  return { uid, time: rfc3339(timestamp), action, description, ...whereOf(stored) }
}

function differing(expected: StoredEvent['facts'] | undefined, found: StoredEvent['facts']): string[] {
  if (expected === undefined) return []
  return Object.keys(expected).filter((name) => expected[name] !== found[name])
}

function missingOf(it: ReadSinkParts, minutes: readonly MinuteThere[]): Missing<SeenEvent> {
  const all = minutes.map(({ minute, there, absent, settled }) => {
    const missing = missingOfMinute({ settled, there, absent, isWanted: (event) => isWanted(it, event) })
    return it.isMixed(minute) ? { ...missing, unnamed: 0 } : missing
  })
  return {
    events: all.flatMap(({ events }) => events.filter(({ timestamp }) => isWithin(timestamp, it.range))),
    unnamed: all.reduce((sum, { unnamed }) => sum + unnamed, 0),
  }
}

/** Of what only a backfill for this sink brought, the ledger's digest says nothing: all of it should be there. */
async function broughtOf(
  it: ReadSinkParts,
  minutes: readonly MinuteThere[],
  named: ReadonlySet<SeenEvent>,
): Promise<{ missing: SeenEvent[]; queued: number }> {
  const isBrought = ({ timestamp }: SeenEvent) =>
    it.brought.some(([from, to]) => from <= timestamp && timestamp < to)
  const absent = minutes
    .filter(({ there, settled: { delivered = 0, replayed = 0 } = {} }) => delivered + replayed > there.length)
    .flatMap(({ absent }) => absent)
    .filter((event) => isBrought(event) && isWanted(it, event) && isWithin(event.timestamp, it.range))
    .filter((event) => !named.has(event) && !it.refused.has(event.uid))
  if (absent.length === 0) return { missing: [], queued: 0 }
  const letters = await it.store.deadLetters({ sink: it.sinkId, state: 'replay', limit: 1e9 })
  const queued = new Set(letters.map(({ uid }) => uid))
  const missing = absent.filter(({ uid }) => !queued.has(uid))
  return { missing, queued: absent.length - missing.length }
}

function isWanted({ sinkId }: ReadSinkParts, { expected }: SeenEvent): boolean {
  return expected.get(sinkId) !== undefined
}

type MinuteThere = ReturnType<typeof minutesAt>[number]

/**
 * Of each minute that the source shows: what is there, and what neither is there nor waits nor is a dead letter. `others`:
 * what is there, the ledger knows, and the source shows no more.
 */
function minutesAt(it: ReadSinkParts, counts: ReadonlyMap<string, number>, others: readonly StoredEvent[]) {
  const lane = it.view.lanes.get(it.sinkId) as LaneView
  const more = byMinuteOf(others)
  return [...it.source.minutes].map(([minute, events]) => {
    const waiting = new Set(lane.waiting.get(minute))
    const ledger = it.view.ledger.get(minute)
    const known = ledger === undefined ? undefined : knownUids([ledger]).get(minute)
    const isAbsent = ({ uid }: SeenEvent) =>
      !counts.has(uid) &&
      !waiting.has(uid) &&
      !it.deadLettered.has(uid) &&
      (known === undefined || known.size === 0 || known.has(packedPart(uid)))
    const shown = events.filter(({ uid }) => counts.has(uid))
    const there = [...shown, ...(more.get(minute) ?? [])].map(({ uid }) => uid)
    return { minute, there, absent: events.filter(isAbsent), settled: lane.ledger.get(minute) }
  })
}

function byMinuteOf(events: readonly StoredEvent[]): Map<number, StoredEvent[]> {
  return Map.groupBy(events, ({ timestamp }) => Math.floor(timestamp / 60))
}

/** How many events of a minute were delivered and are not there. `others`: what is there and the source shows no more. */
function lackingIn(it: ReadSinkParts, counts: ReadonlyMap<string, number>, others: readonly StoredEvent[]) {
  const { ledger } = it.view.lanes.get(it.sinkId) as LaneView
  const more = byMinuteOf(others)
  return (minute: number): number => {
    const shown = it.source.minutes.get(minute) ?? []
    const there = shown.filter(({ uid }) => counts.has(uid)).length + (more.get(minute)?.length ?? 0)
    return (ledger.get(minute)?.delivered ?? 0) - there
  }
}

function judged({ place, times, ...fault }: PlaceFault, lackingOf: (minute: number) => number): ObjectFault {
  if (times === undefined) return { ...fault, key: place }
  const [first, last] = [Math.floor(times.from / 60), Math.floor(times.to / 60)]
  const minutes = Array.from({ length: last - first + 1 }, (_, at) => first + at)
  return { ...fault, key: place, madeGood: minutes.every((minute) => lackingOf(minute) <= 0) }
}
