/** A batch on its way: what was read from the log, what the rules made of it, and what is left to settle. */
import type { Batch, BatchEvent } from '../connector.ts'
import type { SpareWriters } from '../lib/spare-writers.ts'
import type { DeadLetter } from '../spool/store.ts'
import type { LaneEntry } from './entries.ts'
import { RuledItem, SpooledItem } from './items.ts'
import { createRuledLines, type RuledLines } from './ruled-lines.ts'
import type { Rules } from './rules.ts'
import type { Unpacked } from './unpacked.ts'

export interface Work {
  readonly source: string
  readonly items: Item[]
  /** Where the items' lines lie, and payloads that rules made of them. */
  readonly places: Place[]
  /** Settled together with the first outcomes. */
  readonly filtered: Left[]
  readonly failed: (Left & { readonly reason: string; readonly line: Uint8Array })[]
  /** Dead letters that are parked again. */
  readonly heldBack: DeadLetter[]
  bytes: number
  /** Offsets looked at: [from, to). */
  from: number
  to: number
  /** When its first event was read, milliseconds. */
  readonly since: number
}

export interface Item extends BatchEvent {
  /** In the log; undefined for a dead letter that goes out again. */
  readonly offset: number | undefined
  readonly letter?: DeadLetter
}

/** An event that is not written. */
interface Left {
  readonly offset: number
  readonly uid: string
  readonly timestamp: number
  readonly rule: string
}

/** What decides about each event. */
export type Judge = Pick<Rules, 'passthrough' | 'apply' | 'again' | 'format'>

/** How events of the log become a batch. */
export interface Filling {
  readonly rules: Judge
  readonly limits: { readonly maxEvents: number; readonly maxBytes: number }
  readonly memory?: Memory
}

export function startWork(source: string, from: number, since: number): Work {
  return {
    source,
    items: [],
    places: [],
    filtered: [],
    failed: [],
    heldBack: [],
    bytes: 0,
    from,
    to: from,
    since,
  }
}

/** Events that rules left out count less than written ones, but don't let a batch grow without end. */
const LOOKED_AT_MOST = 20_000

/** Adds the entry's events from the work's end on; answers whether the work is full. */
export function fillWork(work: Work, entry: LaneEntry, until: number, filling: Filling): boolean {
  const { rules, memory } = filling
  const place = { entry, lines: createRuledLines(memory?.spare), asIs: 0 }
  const isFull = fill(work, place, until, filling)
  if (memory !== undefined) place.lines.end(memory.unpacked)
  entry.pin(place.asIs)
  work.places.push(place)
  // Lines that the rules have seen are asked for again only by a sink that wants the event, which few do.
  if (work.to === entry.base + entry.count && !rules.passthrough) entry.release()
  return isFull
}

/** The batch is finished; `isDoneWith`: written, by a sink that keeps none of it. */
export function giveBackMemory({ places }: Work, isDoneWith: boolean): void {
  for (const { entry, lines, asIs } of places) {
    lines.settled(isDoneWith)
    entry.unpin(asIs, isDoneWith)
  }
}

/** Shared by all lanes. */
export interface Memory {
  readonly unpacked: Unpacked
  /** For what rules make. */
  readonly spare: SpareWriters
}

/** An entry, and what the rules make of its events. */
interface Place {
  readonly entry: LaneEntry
  readonly lines: RuledLines
  /** How many items' lines the sink gets unchanged. */
  asIs: number
}

function fill(work: Work, place: Place, until: number, filling: Filling): boolean {
  const { entry } = place
  const { limits } = filling
  const last = Math.min(until, entry.base + entry.count)
  for (let offset = work.to; offset < last; offset++) {
    if (work.items.length >= limits.maxEvents || work.to - work.from >= LOOKED_AT_MOST + limits.maxEvents)
      return true
    if (!addEvent(work, place, offset, filling)) return true
    work.to = offset + 1
  }
  return work.items.length >= limits.maxEvents || work.bytes >= limits.maxBytes
}

/** Answers false when the event does not fit any more. */
function addEvent(work: Work, place: Place, offset: number, { rules, limits }: Filling): boolean {
  const { entry, lines } = place
  const index = offset - entry.base
  if (rules.passthrough) return addAsItLies(work, place, offset, limits)
  const line = entry.line(index)
  const ruling = rules.apply(line)
  if (ruling.kind !== 'keep') {
    const left = { offset, uid: entry.uid(index), timestamp: entry.timestamp(index) }
    if (ruling.kind === 'filtered') work.filtered.push({ ...left, rule: ruling.rule })
    else work.failed.push({ ...left, rule: '', reason: ruling.reason, line: Buffer.from(line) })
    return true
  }
  if (ruling.text === undefined && ruling.payload === line) return addAsItLies(work, place, offset, limits)
  const added = lines.add(ruling)
  const bytes = lines.size(added)
  if (!fits(work, bytes, limits)) {
    lines.dropLast()
    return false
  }
  work.bytes += bytes
  work.items.push(new RuledItem(offset, entry, lines, added, rules))
  return true
}

function addAsItLies(work: Work, place: Place, offset: number, limits: Filling['limits']): boolean {
  const { entry } = place
  const bytes = entry.size(offset - entry.base)
  if (!fits(work, bytes, limits)) return false
  work.bytes += bytes
  work.items.push(new SpooledItem(offset, entry))
  place.asIs++
  return true
}

/** A single event makes a batch, however large it is. */
function fits({ items, bytes: taken }: Work, bytes: number, { maxBytes }: Filling['limits']): boolean {
  return items.length === 0 || taken + bytes <= maxBytes
}

/** Event time, Unix seconds; Infinity if there is none. A walk's pages come newest first, and a batch may span several. */
export function oldestOf({ items }: Work): number {
  let oldest = Number.POSITIVE_INFINITY
  // Dead letters sent again are no part of the backlog, and a replay is old by intent.
  for (const { offset, timestamp } of items)
    if (offset !== undefined && timestamp < oldest) oldest = timestamp
  return oldest
}

export function batchOf(source: string, organization: string, items: readonly Item[]): Batch {
  return {
    ...{ source, organization, events: items },
    // Computed on request: each payload may have to be unpacked for it.
    get bytes() {
      return items.reduce((sum, { payload }) => sum + payload.byteLength, 0)
    },
  }
}
