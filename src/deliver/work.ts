/** A batch on its way: what was read from the log, what the rules made of it, and what is left to settle. */
import type { Batch, BatchEvent } from '../connector.ts'
import type { AuditEvent } from '../event.ts'
import { parseNative } from '../formats/native.ts'
import type { UnpackedEntry } from '../spool/codec.ts'
import type { DeadLetter } from '../spool/store.ts'
import type { Rules } from './rules.ts'
import type { Refused } from './writer.ts'

export interface Work {
  readonly source: string
  readonly items: Item[]
  /** Settled together with the first outcomes. */
  readonly filtered: Left[]
  readonly failed: (Left & { readonly reason: string; readonly line: Uint8Array })[]
  /** Dead letters that stay where they are. */
  readonly held: Refused[]
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
export interface Left {
  readonly offset: number
  readonly uid: string
  readonly timestamp: number
  readonly rule: string
}

/** What decides about each event. */
export type Judge = Pick<Rules, 'passthrough' | 'apply'>

export interface WorkLimits {
  readonly maxEvents: number
  readonly maxBytes: number
}

export function startWork(source: string, from: number, since: number): Work {
  return { source, items: [], filtered: [], failed: [], held: [], bytes: 0, from, to: from, since }
}

/** Events that rules left out count less than written ones, but don't let a batch grow without end. */
const LOOKED_AT_MOST = 20_000

/** Adds the entry's events from the work's end on; answers whether the work is full. */
export function fillWork(
  work: Work,
  entry: UnpackedEntry,
  until: number,
  rules: Judge,
  limits: WorkLimits,
): boolean {
  const last = Math.min(until, entry.base + entry.count)
  for (let offset = work.to; offset < last; offset++) {
    if (work.items.length >= limits.maxEvents || work.to - work.from >= LOOKED_AT_MOST + limits.maxEvents)
      return true
    if (!addEvent(work, entry, offset, rules, limits.maxBytes)) return true
    work.to = offset + 1
  }
  return work.items.length >= limits.maxEvents || work.bytes >= limits.maxBytes
}

/** Answers false when the event does not fit any more. */
function addEvent(work: Work, entry: UnpackedEntry, offset: number, rules: Judge, maxBytes: number): boolean {
  const index = offset - entry.base
  const fits = (bytes: number) => work.items.length === 0 || work.bytes + bytes <= maxBytes
  if (rules.passthrough) {
    const bytes = entry.size(index)
    if (!fits(bytes)) return false
    work.bytes += bytes
    work.items.push(new SpooledItem(offset, entry))
    return true
  }
  const line = entry.line(index)
  const ruling = rules.apply(line)
  if (ruling.kind === 'keep') {
    const { payload } = ruling
    if (!fits(payload.byteLength)) return false
    work.bytes += payload.byteLength
    if (ruling.isChanged) {
      const [uid, timestamp] = [entry.uid(index), entry.timestamp(index)]
      work.items.push({ offset, uid, timestamp, payload, event: ruling.event })
    } else
      work.items.push(
        payload === line ? new SpooledItem(offset, entry) : new EncodedItem(offset, entry, payload),
      )
    return true
  }
  const left = { offset, uid: entry.uid(index), timestamp: entry.timestamp(index) }
  if (ruling.kind === 'filtered') work.filtered.push({ ...left, rule: ruling.rule })
  else work.failed.push({ ...left, rule: '', reason: ruling.reason, line })
  return true
}

export function batchOf(source: string, organization: string, items: readonly Item[]): Batch {
  return {
    ...{ source, organization, events: items },
    // For whoever asks: each payload may have to be unpacked for it.
    get bytes() {
      return items.reduce((sum, { payload }) => sum + payload.byteLength, 0)
    },
  }
}

/**
 * One an event on the hot path: a class, because its prototype carries the getters for all of them. It names its
 * place in the entry and no more: items live until they are settled, long enough to be dear to the garbage collector.
 */
class SpooledItem implements Item {
  readonly offset: number
  readonly #entry: UnpackedEntry
  #event: AuditEvent | undefined

  constructor(offset: number, entry: UnpackedEntry) {
    this.offset = offset
    this.#entry = entry
  }

  get uid(): string {
    return this.#entry.uid(this.offset - this.#entry.base)
  }

  get timestamp(): number {
    return this.#entry.timestamp(this.offset - this.#entry.base)
  }

  get line(): Uint8Array {
    return this.#entry.line(this.offset - this.#entry.base)
  }

  get payload(): Uint8Array {
    return this.line
  }

  get event(): AuditEvent {
    this.#event ??= parseNative(this.line)
    return this.#event
  }
}

/** The same in another format than it is spooled in. */
class EncodedItem extends SpooledItem {
  readonly #payload: Uint8Array

  constructor(offset: number, entry: UnpackedEntry, payload: Uint8Array) {
    super(offset, entry)
    this.#payload = payload
  }

  override get payload(): Uint8Array {
    return this.#payload
  }
}
