/**
 * What became of one event at each sink. An archive either holds it or not, and dead letters are stored; the rest is
 * inferred from the sink's current rules, its ledger of the event's minute, and what waits in its lane.
 */
import type { ArchivedEvent } from '../archive/archive.ts'
import type { Config, SinkConfig } from '../config/config.ts'
import { letterId } from '../deliver/dead-letters.ts'
import { compileRules } from '../deliver/rules.ts'
import type { Ruling } from '../deliver/ruling.ts'
import type { AuditEvent } from '../event.ts'
import { native, parseNativeText } from '../formats/native.ts'
import { waitingIn } from '../reconcile/lane-view.ts'
import { notTaken } from '../rule-tests/outcome-at.ts'
import { deadLetterPages } from '../spool/dead-letter-pages.ts'
import type { Cursor } from '../spool/lane-state.ts'
import { lowWaterOf, oldestFrom } from '../spool/low-water.ts'
import type { DeadLetter, SinkLedgerMinute, Store } from '../spool/store.ts'

export interface Delivery {
  readonly sink: string
  readonly state: 'delivered' | 'filtered' | 'dead_lettered' | 'waiting' | 'not_taken' | 'unknown'
  /** The rule that filtered it, if `filtered`. */
  readonly rule: string | null
  /** For `dead_lettered` and `not_taken`, why; for `unknown`, why it can't be determined, and what to do. */
  readonly reason: string | null
  /** RFC 3339, when it was settled; null if that is not known. */
  readonly notBefore: string | null
  readonly notAfter: string | null
}

const BLANK = { rule: null, reason: null, notBefore: null, notAfter: null }

/** The event in a sink's archive; undefined if it is not there, or the sink keeps none. */
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
      // If the archive can't be read now, the ledger still tells as much as for any other sink.
      const archived = await find(sink.id).catch(() => undefined)
      if (archived === undefined) return deliveryAt(sink, store, event, judge)
      const at = timeOf(archived.archivedAt)
      return { ...BLANK, sink: sink.id, state: 'delivered' as const, notBefore: at, notAfter: at }
    }),
  )
}

type Judge = (sink: SinkConfig) => Ruling

/**
 * Applies a sink's rules to the event, which may be megabytes long. So it is not formatted, which decides nothing, and
 * is judged only once for all sinks with the same filters.
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
    return { ...BLANK, sink: id, state: 'dead_lettered', reason: letter.reason, notBefore: at, notAfter: at }
  }
  const reason = notTaken(sink, event)
  if (reason !== undefined) return { ...BLANK, sink: id, state: 'not_taken', reason }
  const ruled = judge(sink)
  const found = await settledIn(store, id, event)
  if (found === 'waiting') return { ...BLANK, sink: id, state: found }
  if ('unclear' in found) return { ...BLANK, sink: id, state: 'unknown', reason: found.unclear }
  const when = { notBefore: timeOf(found.settled?.first), notAfter: timeOf(found.settled?.last) }
  if (ruled.kind === 'filtered') return { ...BLANK, ...when, sink: id, state: 'filtered', rule: ruled.rule }
  const doubt = await doubtOf(sink, ruled, store, event, found)
  return doubt === undefined
    ? { ...BLANK, ...when, sink: id, state: 'delivered' }
    : { ...BLANK, sink: id, state: 'unknown', reason: doubt }
}

const LOOK = 'look for its uid at the sink'

/** Why the event may not be one of those in its settled minute that were delivered. */
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

/** If more events wait, they are not searched. */
const LOOK_THROUGH = 20_000

/**
 * The event's minute if it is settled at the sink; otherwise whether the event waits, or why that can't be determined.
 */
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
  // All other events of the minute wait, so this one, which does not, is settled.
  if (settled !== undefined && count + (waiting?.length ?? 0) >= spooled.count) return settled
  if (count > 0 || (waiting?.length ?? 0) > 0) return unclear(inPart(spooled.count, count, waiting?.length))
  const isIdle = cursor.next >= end && cursor.open.length === 0
  const oldest = oldestFrom(lowWaterOf(lane, source), (await store.loadSource(source))?.held)
  // Events older than everything that waits were spooled before the sink existed.
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

/** Uids of the minute that wait in the lane or are under way; undefined if there is too much to search. */
async function waitingAt(store: Store, source: string, { next, open }: Cursor, end: number, minute: number) {
  const ranges = [...open.flatMap((extent) => extent.ranges), [next, end] as const]
  const events = ranges.reduce((sum, [from, to]) => sum + to - from, 0)
  if (events > LOOK_THROUGH) return undefined
  const waiting = await waitingIn(store, source, ranges, { from: minute, to: minute + 1 })
  return waiting.get(minute) ?? []
}
