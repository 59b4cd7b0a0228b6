/**
 * What became of one event at each sink. An archive holds it or not, and dead letters are stored; the rest is concluded:
 * from the sink's rules as they are now, its ledger of the event's minute, and what waits in its lane.
 */
import type { ArchivedEvent } from '../archive/archive.ts'
import type { Config, SinkConfig } from '../config/config.ts'
import { letterId } from '../deliver/dead-letters.ts'
import { compileRules, type Ruling } from '../deliver/rules.ts'
import type { AuditEvent } from '../event.ts'
import { native, parseNativeText } from '../formats/native.ts'
import { waitingIn } from '../reconcile/lane-view.ts'
import { deadLetterPages } from '../spool/dead-letter-pages.ts'
import type { Cursor } from '../spool/lane-state.ts'
import { lowWaterOf, oldestFrom } from '../spool/low-water.ts'
import type { DeadLetter, SinkLedgerMinute, Store } from '../spool/store.ts'
import { notTaken } from './outcome-at.ts'

export interface Delivery {
  readonly sink: string
  readonly state: 'delivered' | 'filtered' | 'dead_lettered' | 'waiting' | 'not_taken' | 'unknown'
  /** Of `filtered`. */
  readonly rule: string | null
  /** Of `dead_lettered` and `not_taken` why; of `unknown` why nobody can tell, and what to do. */
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
  if (found === 'waiting') return { ...UNTOLD, sink: id, state: found }
  if ('unclear' in found) return { ...UNTOLD, sink: id, state: 'unknown', reason: found.unclear }
  const when = { notBefore: timeOf(found.settled?.first), notAfter: timeOf(found.settled?.last) }
  if (ruled.kind === 'filtered') return { ...UNTOLD, ...when, sink: id, state: 'filtered', rule: ruled.rule }
  const doubt = await doubtOf(sink, ruled, store, event, found)
  return doubt === undefined
    ? { ...UNTOLD, ...when, sink: id, state: 'delivered' }
    : { ...UNTOLD, sink: id, state: 'unknown', reason: doubt }
}

const LOOK = 'look for its uid at the sink'

/** Why the event may not be among those of its settled minute that were delivered. */
async function doubtOf(
  sink: SinkConfig,
  ruled: Ruling,
  store: Store,
  { source }: AuditEvent,
  { minute, deadLettered }: SinkLedgerMinute,
): Promise<string | undefined> {
  if (ruled.kind !== 'keep') {
    return `by the rules as they are now it is a dead letter, and there is none: dropped or sent again, or the rules were others; ${LOOK}`
  }
  if (sink.dedupeWindowMs !== undefined) {
    return `it may be a repeat that dedupe_window left out: the ledger counts them and does not name them; ${LOOK}`
  }
  if (deadLettered === 0) return undefined
  const isOfMinute = (it: DeadLetter) =>
    it.source === source && Math.floor(parseNativeText(it.event).timestamp / 60) === minute
  let gone = deadLettered
  for await (const letters of deadLetterPages(store, { sink: sink.id })) {
    gone -= letters.filter(isOfMinute).length
    if (gone <= 0) return undefined
  }
  const those = gone === 1 ? '1 dead letter of its minute is' : `${gone} dead letters of its minute are`
  return `${those} gone, dropped or sent again, and the ledger does not name them; ${LOOK}`
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}

/** More waiting events than these are not looked through. */
const LOOK_THROUGH = 20_000

/** The event's minute where it is settled at the sink; else whether it waits, or why nobody can tell. */
async function settledIn(
  store: Store,
  sink: string,
  { uid, source, timestamp }: AuditEvent,
): Promise<SinkLedgerMinute | 'waiting' | { readonly unclear: string }> {
  const minute = Math.floor(timestamp / 60)
  const [[spooled], [settled], lane, { end }] = await Promise.all([
    store.ledger(source, minute, minute),
    store.sinkLedger(sink, source, minute, minute),
    store.loadLane(sink),
    store.bounds(source),
  ])
  if (spooled === undefined) {
    return unclear(`the ledger has nothing of its minute: that is too old for it, or was imported; ${LOOK}`)
  }
  const count = settled === undefined ? 0 : settled.delivered + settled.filtered + settled.deadLettered
  if (settled !== undefined && count >= spooled.count) return settled
  const cursor = lane?.cursors[source]
  if (cursor === undefined) return unclear(`the sink has not begun with ${source}; look at the sink's state`)
  const waiting = await waitingAt(store, source, cursor, end, minute)
  if (waiting?.includes(uid)) return 'waiting'
  // All others of the minute wait: this one does not.
  if (settled !== undefined && count + (waiting?.length ?? 0) >= spooled.count) return settled
  if (count > 0 || (waiting?.length ?? 0) > 0) return unclear(inPart(spooled.count, count, waiting?.length))
  const isIdle = cursor.next >= end && cursor.open.length === 0
  const oldest = oldestFrom(lowWaterOf(lane, source), (await store.loadSource(source))?.held)
  // What is older than all that waits was spooled before the sink was there.
  const isBefore = waiting !== undefined || isIdle || timestamp < oldest
  if (!isBefore) return 'waiting'
  return unclear(
    'nothing of its minute was settled at the sink or waits there: it was read before the sink was added; replay sends it',
  )
}

function unclear(why: string) {
  return { unclear: why }
}

function inPart(all: number, settled: number, waiting: number | undefined): string {
  const waits = waiting === undefined ? `more than ${LOOK_THROUGH} of all wait` : `${waiting} wait`
  return `of the ${all} events of its minute ${settled} ${settled === 1 ? 'is' : 'are'} settled and ${waits}, and the ledger does not name them; reconcile its day`
}

/** Uids of the minute that wait in the lane or are under way; undefined where that is too much to look through. */
async function waitingAt(store: Store, source: string, { next, open }: Cursor, end: number, minute: number) {
  const ranges = [...open.flatMap((extent) => extent.ranges), [next, end] as const]
  const events = ranges.reduce((sum, [from, to]) => sum + to - from, 0)
  if (events > LOOK_THROUGH) return undefined
  const waiting = await waitingIn(store, source, ranges, { from: minute, to: minute + 1 })
  return waiting.get(minute) ?? []
}
