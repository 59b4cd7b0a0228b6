/**
 * What became of one event at each sink. Nothing is stored of a single event but its dead letters, so the rest is
 * concluded: from the sink's rules as they are now, and from its ledger of the event's minute.
 */
import type { Config, SinkConfig } from '../config/config.ts'
import { letterId } from '../deliver/dead-letters.ts'
import type { AuditEvent } from '../event.ts'
import { lowWaterOf, oldestFrom } from '../spool/low-water.ts'
import type { SinkLedgerMinute, Store } from '../spool/store.ts'
import { outcomeAt } from './outcome-at.ts'

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

export async function deliveriesOf(config: Config, store: Store, event: AuditEvent): Promise<Delivery[]> {
  return Promise.all(Object.values(config.sinks).map((sink) => deliveryAt(sink, store, event)))
}

async function deliveryAt(sink: SinkConfig, store: Store, event: AuditEvent): Promise<Delivery> {
  const { id } = sink
  const [letter] = await store.deadLetters({ sink: id, ids: [letterId(id, event.uid)] })
  if (letter !== undefined) {
    const at = new Date(letter.at).toISOString()
    return { ...UNTOLD, sink: id, state: 'dead_lettered', reason: letter.reason, notBefore: at, notAfter: at }
  }
  const ruled = outcomeAt(sink, event)
  if (ruled.outcome === 'not_taken')
    return { ...UNTOLD, sink: id, state: 'not_taken', reason: ruled.reason ?? null }
  const found = await settledIn(store, id, event)
  if (typeof found === 'string') return { ...UNTOLD, sink: id, state: found }
  const when = { notBefore: timeOf(found.settled?.first), notAfter: timeOf(found.settled?.last) }
  if (ruled.outcome === 'filtered')
    return { ...UNTOLD, ...when, sink: id, state: 'filtered', rule: ruled.rule ?? null }
  // Which of a minute's events a window of repeats left out, or a dropped dead letter was, nobody knows.
  const isSure = ruled.outcome === 'delivered' && sink.dedupeWindowMs === undefined
  return isSure
    ? { ...UNTOLD, ...when, sink: id, state: 'delivered' }
    : { ...UNTOLD, sink: id, state: 'unknown' }
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}

/** The event's minute where all of it is settled at the sink; else whether none of it was yet, or the ledger does not tell. */
async function settledIn(
  store: Store,
  sink: string,
  { source, timestamp }: AuditEvent,
): Promise<SinkLedgerMinute | 'waiting' | 'unknown'> {
  const minute = Math.floor(timestamp / 60)
  const [[spooled], [settled], lane] = await Promise.all([
    store.ledger(source, minute, minute),
    store.sinkLedger(sink, source, minute, minute),
    store.loadLane(sink),
  ])
  if (spooled === undefined) return 'unknown'
  const count = settled === undefined ? 0 : settled.delivered + settled.filtered + settled.deadLettered
  if (settled !== undefined && count >= spooled.count) return settled
  const cursor = lane?.cursors[source]
  if (cursor === undefined || count > 0) return 'unknown'
  const { end } = await store.bounds(source)
  const isIdle = cursor.next >= end && cursor.open.length === 0
  const oldest = oldestFrom(lowWaterOf(lane, source), (await store.loadSource(source))?.held)
  // What is older than all that waits was spooled before the sink was there.
  return isIdle || timestamp < oldest ? 'unknown' : 'waiting'
}
