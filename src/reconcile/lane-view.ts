/** What the ledgers and a lane's cursor say about a range at one moment. */
import { unpackEntry } from '../spool/codec.ts'
import type { LaneState } from '../spool/lane-state.ts'
import type { LedgerMinute, LogBounds, SinkLedgerMinute, Store } from '../spool/store.ts'

export interface LedgerView {
  readonly source: string
  readonly minutes: Minutes
  readonly log: LogBounds
  readonly ledger: ReadonlyMap<number, LedgerMinute>
  /** By sink. */
  readonly lanes: ReadonlyMap<string, LaneView>
}

export interface LaneView {
  /** Undefined if the lane has no place in the log yet. */
  readonly cursor: LaneState['cursors'][string] | undefined
  readonly ledger: ReadonlyMap<number, SinkLedgerMinute>
  /** Uids of events that wait in the lane, by minute. */
  readonly waiting: ReadonlyMap<number, readonly string[]>
}

/** Unix minutes, [from, to). */
export interface Minutes {
  readonly from: number
  readonly to: number
}

/**
 * An embedded store answers all calls in one turn of the event loop from the same state. With a shared one a settlement
 * may come between two answers, so a difference is looked at once more.
 */
export async function viewLedgers(
  store: Store,
  source: string,
  sinks: readonly string[],
  minutes: Minutes,
): Promise<LedgerView> {
  const { from, to } = minutes
  const [log, ledger, ...lanes] = await Promise.all([
    store.bounds(source),
    store.ledger(source, from, to - 1),
    ...sinks.map((sink) => Promise.all([store.loadLane(sink), store.sinkLedger(sink, source, from, to - 1)])),
  ])
  const views = await Promise.all(
    lanes.map(async ([state, settled]): Promise<LaneView> => {
      const cursor = state?.cursors[source]
      const open = cursor?.open.flatMap(({ ranges }) => ranges) ?? []
      const ranges = cursor === undefined ? [] : [...open, [cursor.next, log.end] as const]
      const waiting = await waitingIn(store, source, ranges, minutes)
      return { cursor, ledger: byMinute(settled), waiting }
    }),
  )
  return {
    source,
    minutes,
    log,
    ledger: byMinute(ledger),
    lanes: new Map(sinks.map((sink, at) => [sink, views[at] as LaneView])),
  }
}

/** Uids of the events in these stretches of a log, by minute. */
export async function waitingIn(
  store: Store,
  source: string,
  ranges: readonly (readonly [from: number, to: number])[],
  { from, to }: Minutes,
): Promise<Map<number, string[]>> {
  const waiting = new Map<number, string[]>()
  for (const [first, end] of ranges) {
    let offset = first
    while (offset < end) {
      const packed = await store.readEntry(source, offset)
      // Settled and trimmed meanwhile.
      if (packed === undefined) break
      const entry = await unpackEntry(packed)
      for (; offset < Math.min(end, entry.base + entry.count); offset++) {
        const minute = Math.floor(entry.timestamp(offset - entry.base) / 60)
        if (minute < from || minute >= to) continue
        const uids = waiting.get(minute) ?? []
        uids.push(entry.uid(offset - entry.base))
        waiting.set(minute, uids)
      }
    }
  }
  return waiting
}

function byMinute<Row extends { readonly minute: number }>(rows: readonly Row[]): Map<number, Row> {
  return new Map(rows.map((row) => [row.minute, row]))
}
