/**
 * What became of one event at each sink. An archive holds it or not, and dead letters are stored; the rest is concluded:
 * from the sink's rules as they are now, its ledger of the event's minute, and what waits in its lane.
 */
import type { ArchivedEvent } from '../archive/archive.ts'
import type { Config, SinkConfig } from '../config/config.ts'
import { letterId } from '../deliver/dead-letters.ts'
import { compileRules, type Ruling } from '../deliver/rules.ts'
import type { AuditEvent } from '../event.ts'
import { native } from '../formats/native.ts'
import { waitingIn } from '../reconcile/lane-view.ts'
import { lowWaterOf, oldestFrom } from '../spool/low-water.ts'
import type { Cursor, SinkLedgerMinute, Store } from '../spool/store.ts'
import { notTaken } from './outcome-at.ts'

export interface Delivery {
  readonly sink: string
  readonly state: 'delivered' | 'filtered' | 'dead_lettered' | 'waiting' | 'not_taken' | 'unknown'
  /** Of `filtered`. */
  readonly rule: string | null
  readonly reason: string | null
  /** RFC 3339, when it was settled; null where that is not known. */
  readonly notBefore: string | null
  readonly notAfter: string | null
}

const UNTOLD = { rule: null, reason: null, notBefore: null, notAfter: null }

/** Where a sink's archive has the event; undefined where it has not, or the sink keeps none. */
export type FindArchived = (sink: string) => Promise<Pick<ArchivedEvent, 'archivedAt'> | undefined>

export async function deliveriesOf(
  config: Config,
  store: Store,
  event: AuditEvent,
  find: FindArchived,
): Promise<Delivery[]> {
  const judge = createJudge(event)
  return Promise.all(
    Object.values(config.sinks).map(async (sink) => {
      // One that can't be read now: the ledger tells as much as of any other sink.
      const archived = await find(sink.id).catch(() => undefined)
      if (archived === undefined) return deliveryAt(sink, store, event, judge)
      const at = timeOf(archived.archivedAt)
      return { ...UNTOLD, sink: sink.id, state: 'delivered' as const, notBefore: at, notAfter: at }
    }),
  )
}

type Judge = (sink: SinkConfig) => Ruling

/**
 * What sinks' rules say of the event. It may be megabytes long: it is not formatted, which decides nothing, and is judged
 * once for all sinks whose filters are the same.
 */
function createJudge(event: AuditEvent): Judge {
  const line = Buffer.from(native.encode(event))
  const known = new Map<string, Ruling>()
  return (sink) => {
    const { dedupeWindowMs: _, ...rules } = sink
    const key = JSON.stringify([rules.enrich, rules.where, rules.sample])
    const ruling = known.get(key) ?? compileRules({ ...rules, redact: [], format: 'native' }).apply(line)
    known.set(key, ruling)
    return ruling
  }
}

async function deliveryAt(
  sink: SinkConfig,
  store: Store,
  event: AuditEvent,
  judge: Judge,
): Promise<Delivery> {
  const { id } = sink
  const [letter] = await store.deadLetters({ sink: id, ids: [letterId(id, event.uid)] })
  if (letter !== undefined) {
    const at = new Date(letter.at).toISOString()
    return { ...UNTOLD, sink: id, state: 'dead_lettered', reason: letter.reason, notBefore: at, notAfter: at }
  }
  const reason = notTaken(sink, event)
  if (reason !== undefined) return { ...UNTOLD, sink: id, state: 'not_taken', reason }
  const ruled = judge(sink)
  const found = await settledIn(store, id, event)
  if (typeof found === 'string') return { ...UNTOLD, sink: id, state: found }
  const when = { notBefore: timeOf(found.settled?.first), notAfter: timeOf(found.settled?.last) }
  if (ruled.kind === 'filtered') return { ...UNTOLD, ...when, sink: id, state: 'filtered', rule: ruled.rule }
  // Which of a minute's events a window of repeats left out, or a dropped dead letter was, nobody knows.
  const isSure = ruled.kind === 'keep' && sink.dedupeWindowMs === undefined
  return isSure
    ? { ...UNTOLD, ...when, sink: id, state: 'delivered' }
    : { ...UNTOLD, sink: id, state: 'unknown' }
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}

/** More waiting events than these are not looked through. */
const LOOK_THROUGH = 20_000

/** The event's minute where it is settled at the sink; else whether it waits, or nobody can tell. */
async function settledIn(
  store: Store,
  sink: string,
  { uid, source, timestamp }: AuditEvent,
): Promise<SinkLedgerMinute | 'waiting' | 'unknown'> {
  const minute = Math.floor(timestamp / 60)
  const [[spooled], [settled], lane, { end }] = await Promise.all([
    store.ledger(source, minute, minute),
    store.sinkLedger(sink, source, minute, minute),
    store.loadLane(sink),
    store.bounds(source),
  ])
  if (spooled === undefined) return 'unknown'
  const count = settled === undefined ? 0 : settled.delivered + settled.filtered + settled.deadLettered
  if (settled !== undefined && count >= spooled.count) return settled
  const cursor = lane?.cursors[source]
  if (cursor === undefined) return 'unknown'
  const waiting = await waitingAt(store, source, cursor, end, minute)
  if (waiting?.includes(uid)) return 'waiting'
  // All others of the minute wait: this one does not.
  if (settled !== undefined && count + (waiting?.length ?? 0) >= spooled.count) return settled
  if (waiting !== undefined || count > 0) return 'unknown'
  const isIdle = cursor.next >= end && cursor.open.length === 0
  const oldest = oldestFrom(lowWaterOf(lane, source), (await store.loadSource(source))?.held)
  // What is older than all that waits was spooled before the sink was there.
  return isIdle || timestamp < oldest ? 'unknown' : 'waiting'
}

/** Uids of the minute that wait in the lane or are under way; undefined where that is too much to look through. */
async function waitingAt(store: Store, source: string, { next, open }: Cursor, end: number, minute: number) {
  const ranges = [...open.flatMap((extent) => extent.ranges), [next, end] as const]
  const events = ranges.reduce((sum, [from, to]) => sum + to - from, 0)
  if (events > LOOK_THROUGH) return undefined
  const waiting = await waitingIn(store, source, ranges, { from: minute, to: minute + 1 })
  return waiting.get(minute) ?? []
}
