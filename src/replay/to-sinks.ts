/**
 * A backfill for some sinks: what each of them lacks of a page is queued beside the log, as a replay is, and nothing goes
 * into the log. A crash repeats at most one page; what already waits is not queued again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SinkConfig } from '../config/config.ts'
import { replayLetter } from '../deliver/dead-letters.ts'
import { compileRules, type Rules } from '../deliver/rules.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { type UidEvent, writeLine } from '../normalise/page.ts'
import { type LedgerView, viewLedgers } from '../reconcile/lane-view.ts'
import { type BackfillState, coveredAfter, type SinkShare } from '../spool/backfill-state.ts'
import { lowWaterOf } from '../spool/low-water.ts'
import { SpoolFull, WAITS_FOR_SINKS } from '../spool/room.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { DeadLetter, Store } from '../spool/store.ts'
import { type LedgeredMinute, lackingOf } from './lacking.ts'

interface ToSinksParts {
  readonly source: string
  readonly store: Store
  readonly sinks: readonly SinkConfig[]
  readonly now: () => number
  /** How long a sink may take nothing before the walk breaks off. */
  readonly patienceMs: number
  /** Something was queued. */
  wake(): void
}

export interface ToSinks {
  /** Queues what the sinks lack of whole minutes; answers how that changes the state stored with the page. */
  divert(events: readonly UidEvent[], state: SourceState): Promise<(after: SourceState) => SourceState>
  /** Queues nothing; answers how the backfill's counts would change. */
  count(
    events: readonly UidEvent[],
    state: SourceState,
    backfill: BackfillState,
  ): Promise<(after: BackfillState) => BackfillState>
  /** Waits until each sink's queue is short enough. Throws SpoolFull when that takes too long. */
  room(signal: AbortSignal, showWait?: (waitsFor: string) => void): Promise<void>
}

/** At most this many rows wait for a sink, apart from pages that are on their way. */
const WAITING_MOST = 10_000
/** Rows of one transaction. */
const PIECE = 500
const LOOK_EVERY_MS = 100

interface Lacking {
  /** How many events at least one of the sinks lacks. */
  readonly lacked: number
  readonly shares: Readonly<Record<string, SinkShare>>
  readonly letters: readonly DeadLetter[]
}

export function createToSinks({ source, store, sinks, now, patienceMs, wake }: ToSinksParts): ToSinks {
  const rules = new Map(sinks.map((sink) => [sink.id, compileRules(sink)]))
  const line = new ByteWriter()

  /** What one of the sinks lacks. */
  const lackedBy = (
    sink: string,
    apply: Rules['apply'],
    byMinute: ReadonlyMap<number, readonly UidEvent[]>,
    view: LedgerView | undefined,
    isWanted: (event: UidEvent) => boolean,
  ): { readonly share: SinkShare; readonly letters: readonly DeadLetter[] } => {
    const left = { filtered: 0, failed: 0 }
    const kept = new Map<UidEvent, DeadLetter>()
    const keeps = (event: UidEvent) => {
      line.clear()
      writeLine(line, event)
      const ruling = apply(line.written())
      if (ruling.kind === 'keep') kept.set(event, replayLetter(sink, source, ruling.event, now()))
      else if (isWanted(event)) left[ruling.kind]++
      return ruling.kind === 'keep'
    }
    const lacking = [...byMinute]
      .filter(([, shown]) => shown.some(isWanted))
      .flatMap(([minute, shown]) => lackingOf(shown, minuteAt(view, sink, minute), keeps))
    const letters = lacking.filter(isWanted).flatMap((event) => kept.get(event) ?? [])
    return { share: { queued: letters.length, ...left }, letters }
  }

  /** What the sinks lack of whole minutes. */
  const findLacking = async (
    events: readonly UidEvent[],
    state: SourceState,
    backfill: BackfillState,
  ): Promise<Lacking> => {
    const byMinute = Map.groupBy(events, ({ timestamp }) => Math.floor(timestamp / 60))
    const range = { from: Math.min(...byMinute.keys()), to: Math.max(...byMinute.keys()) + 1 }
    const view = events.length === 0 ? undefined : await viewLedgers(store, source, [...rules.keys()], range)
    const found = [...rules].map(
      ([sink, { apply }]) =>
        [sink, lackedBy(sink, apply, byMinute, view, wantedBy(sink, state, backfill))] as const,
    )
    const letters = found.flatMap(([, lacked]) => lacked.letters)
    const shares = Object.fromEntries(found.map(([sink, { share }]) => [sink, share]))
    return { lacked: new Set(letters.map(({ uid }) => uid)).size, shares, letters }
  }

  const isBehind = async ({ id }: SinkConfig) => {
    const [lane, log] = [await store.loadLane(id), await store.bounds(source)]
    const backlog = Math.max(0, log.end - Math.max(log.start, lowWaterOf(lane, source)))
    return backlog + (await store.countDeadLetters(id, 'replay')) >= WAITING_MOST
  }

  return {
    async divert(events, state) {
      const { backfill } = state
      if (backfill === undefined) return (after) => after
      const lacking = await findLacking(events, state, backfill)
      for (let at = 0; at < lacking.letters.length; at += PIECE) {
        await store.queueReplays(lacking.letters.slice(at, at + PIECE))
      }
      if (lacking.letters.length > 0) wake()
      return (after) => withLacking(after, lacking)
    },
    async count(events, state, backfill) {
      const lacking = await findLacking(events, state, backfill)
      return (after) => backfillWith(after, lacking)
    },
    async room(signal, showWait = () => {}) {
      for (const sink of sinks) {
        const until = performance.now() + patienceMs
        while (await isBehind(sink)) {
          if (performance.now() > until) {
            throw new SpoolFull(`${WAITING_MOST} events wait for ${sink.id}; ${WAITS_FOR_SINKS}`)
          }
          showWait(`${sink.id} to take some of the ${WAITING_MOST} events that wait for it`)
          await sleep(LOOK_EVERY_MS, undefined, { signal })
        }
      }
      showWait('')
    },
  }
}

/** Events of the range that no earlier backfill has brought to the sink; what has not been polled yet comes through the log. */
function wantedBy(
  sink: string,
  { checkpoint = 0, backfilled = {} }: SourceState,
  { from, to }: BackfillState,
): (event: UidEvent) => boolean {
  const had = backfilled[sink] ?? []
  return ({ timestamp }) =>
    from <= timestamp &&
    timestamp < Math.min(to, checkpoint) &&
    !had.some(([first, end]) => first <= timestamp && timestamp < end)
}

function minuteAt(view: LedgerView | undefined, sink: string, minute: number): LedgeredMinute {
  const lane = view?.lanes.get(sink)
  return {
    known: view?.ledger.get(minute),
    settled: lane?.ledger.get(minute),
    waiting: lane?.waiting.get(minute) ?? [],
  }
}

function backfillWith(backfill: BackfillState, { lacked, shares }: Lacking): BackfillState {
  const sinks = Object.entries(shares).map(([id, share]): [string, SinkShare] => {
    const { queued, filtered, failed } = backfill.sinks?.[id] ?? { queued: 0, filtered: 0, failed: 0 }
    return [
      id,
      {
        queued: queued + share.queued,
        filtered: filtered + share.filtered,
        failed: failed + share.failed,
      },
    ]
  })
  return { ...backfill, spooled: backfill.spooled + lacked, sinks: Object.fromEntries(sinks) }
}

function withLacking(after: SourceState, lacking: Lacking): SourceState {
  if (after.backfill === undefined) return after
  const backfill = backfillWith(after.backfill, lacking)
  if (backfill.endedAt === undefined) return { ...after, backfill }
  return { ...after, backfill, backfilled: coveredAfter(after.backfilled, backfill) }
}
