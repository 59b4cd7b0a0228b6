/** What really lies at a sink beside what its ledger says was delivered there. */

import type { ReadBackRange, Sink } from '../connector.ts'
import type { PlaceFault, StoredEvent } from '../formats/read-back.ts'
import { knownUids, packedPart } from '../ledger/minutes.ts'
import type { Store } from '../spool/store.ts'
import { exampleOf } from './examples.ts'
import type { LaneView, LedgerView } from './lane-view.ts'
import type { SeenEvent, SourceView } from './read-source.ts'
import type { Example, FoundAtSink, ObjectFault } from './result.ts'
import { secondText } from './time-text.ts'

export interface ReadSinkParts {
  readonly store: Store
  readonly sink: Sink
  readonly sinkId: string
  readonly range: ReadBackRange
  readonly source: SourceView
  readonly view: LedgerView
  /** Uids of the sink's dead letters. */
  readonly deadLettered: ReadonlySet<string>
  /** Other sources write there too: an event that doesn't say whose it is may be theirs. */
  readonly isShared: boolean
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
  const take = (one: StoredEvent) => {
    const event = seen.get(one.uid)
    if (event === undefined) {
      const mayBeOurs = one.source === range.source || (one.source === undefined && !it.isShared)
      if (mayBeOurs && isWithin(one.timestamp, range)) strangers.push(one)
      return
    }
    counts.set(one.uid, (counts.get(one.uid) ?? 0) + 1)
    const fields = differing(event.expected.get(it.sinkId), one.facts)
    if (fields.length > 0 && isWithin(event.timestamp, range))
      altered.push({ ...exampleOf(event), ...whereOf(one), fields })
  }
  for await (const one of stored) {
    if (typeof one === 'string') unreadable.push(one)
    else if ('kind' in one) faults.push(one)
    else take(one)
  }
  // Asked for now: what was delivered meanwhile was spooled before.
  const known = knownUids(await it.store.ledger(range.source, minutes.from, minutes.to - 1))
  const isKnown = ({ uid, timestamp }: StoredEvent) =>
    known.get(Math.floor(timestamp / 60))?.has(packedPart(uid)) === true
  const extra = strangers.filter((one) => !isKnown(one)).map(foreignExample)
  const lackingOf = lackingIn(it, counts, strangers.filter(isKnown))
  const found = {
    events: [...counts.keys()].filter((uid) => isWithin(seen.get(uid)?.timestamp, range)).length,
    copies: [...counts.values()].reduce((sum, count) => sum + count - 1, 0),
    missing: missingOf(it, counts),
    extra,
    altered,
    unreadable,
    objects: faults.map((fault) => judged(fault, lackingOf)),
  }
  return { found, there: new Set(counts.keys()) }
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
  return { uid, time: secondText(timestamp), action, description, ...whereOf(stored) }
}

function differing(expected: StoredEvent['facts'] | undefined, found: StoredEvent['facts']): string[] {
  if (expected === undefined) return []
  return Object.keys(expected).filter((name) => expected[name] !== found[name])
}

/**
 * In each minute at most as many as its ledger says were delivered and are not there: of a sink that was added
 * later not every event was for it.
 */
function missingOf(it: ReadSinkParts, counts: ReadonlyMap<string, number>): Example[] {
  const lane = it.view.lanes.get(it.sinkId) as LaneView
  const lackingOf = lackingIn(it, counts, [])
  return [...it.source.minutes].flatMap(([minute, events]) => {
    const waiting = new Set(lane.waiting.get(minute))
    if (lackingOf(minute) <= 0) return []
    const ledger = it.view.ledger.get(minute)
    const known = ledger === undefined ? undefined : knownUids([ledger]).get(minute)
    return events
      .filter(({ uid, timestamp, expected }) => {
        if (counts.has(uid) || waiting.has(uid) || it.deadLettered.has(uid)) return false
        if (expected.get(it.sinkId) === undefined || !isWithin(timestamp, it.range)) return false
        return known === undefined || known.size === 0 || known.has(packedPart(uid))
      })
      .map(exampleOf)
  })
}

/** How many events of a minute were delivered and are not there. `others`: what is there and the source shows no more. */
function lackingIn(it: ReadSinkParts, counts: ReadonlyMap<string, number>, others: readonly StoredEvent[]) {
  const { ledger } = it.view.lanes.get(it.sinkId) as LaneView
  const more = Map.groupBy(others, ({ timestamp }) => Math.floor(timestamp / 60))
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
