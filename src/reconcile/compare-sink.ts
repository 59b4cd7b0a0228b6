/**
 * Compares a sink's ledger with the source's, minute by minute: spooled = delivered + filtered + dead-lettered + waiting.
 *
 * A sink that was added later never got what lay in the log before its place. Only the number of those events is known,
 * so their minutes may show fewer than were spooled, by that number in total and no more.
 */
import { digestFrom } from '../ledger/digest.ts'
import type { SinkLedgerMinute, Store } from '../spool/store.ts'
import type { LaneView, LedgerView } from './lane-view.ts'
import type { SinkFault } from './result.ts'
import { minuteText } from './time-text.ts'

export interface SinkSums {
  readonly spooled: number
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  readonly undelivered: number
  readonly faults: readonly SinkFault[]
  /** Events that were never meant for it. */
  readonly notItsOwn: number
}

const NOTHING = { delivered: 0, filtered: 0, deadLettered: 0, digest: new Uint8Array(16) }

/** Before the minute `keptFrom` the source's ledger may have forgotten what the sink's still knows. */
export async function compareSink(
  store: Store,
  view: LedgerView,
  sink: string,
  keptFrom: number,
): Promise<SinkSums> {
  const { from, to } = view.minutes
  const lane = view.lanes.get(sink) as LaneView
  const sums = { spooled: 0, delivered: 0, filtered: 0, deadLettered: 0, undelivered: 0 }
  const faults: SinkFault[] = []
  const short: SinkFault[] = []
  let shortBy = 0
  for (let minute = from; minute < to; minute++) {
    const spooled = view.ledger.get(minute)
    const settled = lane.ledger.get(minute) ?? { ...NOTHING, minute }
    const undelivered = lane.waiting.get(minute)?.length ?? 0
    const { delivered, filtered, deadLettered } = settled
    const isForgotten = spooled === undefined && minute < keptFrom
    const count = isForgotten ? settledOf(settled) + undelivered : (spooled?.count ?? 0)
    if (count === 0 && settledOf(settled) === 0 && undelivered === 0) continue
    sums.spooled += count
    sums.delivered += delivered
    sums.filtered += filtered
    sums.deadLettered += deadLettered
    sums.undelivered += undelivered
    const lacking = count - settledOf(settled) - undelivered
    const fault = (reason: string): SinkFault => ({
      minute: minuteText(minute),
      ...{ spooled: count, delivered, filtered, deadLettered, undelivered, reason },
    })
    if (lacking > 0) {
      shortBy += lacking
      short.push(fault(`${lacking} of its events ended nowhere`))
    } else if (lacking < 0) {
      faults.push(fault(`${-lacking} more events ended here than were spooled`))
    } else if (delivered === count && spooled !== undefined && !isEqual(settled.digest, spooled.digest)) {
      faults.push(fault('other events were delivered than those that were spooled'))
    }
  }
  const excused = shortBy > 0 && (await isExcused(store, view, sink))
  const notItsOwn = excused ? shortBy : 0
  if (!excused) faults.push(...short)
  return { ...sums, spooled: sums.spooled - notItsOwn, faults, notItsOwn }
}

/** Whether everything that the sink's ledger lacks lay in the log before the lane's place. */
async function isExcused(store: Store, view: LedgerView, sink: string): Promise<boolean> {
  const { source } = view
  const { cursor } = view.lanes.get(sink) as LaneView
  if (cursor === undefined) return true
  const open = cursor.open.flatMap(({ ranges }) => ranges).reduce((sum, [from, to]) => sum + to - from, 0)
  const passed = cursor.next - open - settledOf(cursor)
  if (passed <= 0) return false
  const [spooled, settled] = await Promise.all([
    store.ledger(source, 0, Number.MAX_SAFE_INTEGER),
    store.sinkLedger(sink, source, 0, Number.MAX_SAFE_INTEGER),
  ])
  const all = spooled.reduce((sum, { count }) => sum + count, 0)
  const oldest = spooled[0]?.minute ?? 0
  const ended = settled
    .filter(({ minute }) => minute >= oldest)
    .reduce((sum, minute) => sum + settledOf(minute), 0)
  const waiting = view.log.end - cursor.next + open
  // What the source's ledger has forgotten is old, and so is what lay before the place.
  const forgotten = Math.max(0, view.log.end - all)
  return all - ended - waiting <= Math.max(0, passed - forgotten)
}

function settledOf(it: Pick<SinkLedgerMinute, 'delivered' | 'filtered' | 'deadLettered'>): number {
  return it.delivered + it.filtered + it.deadLettered
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return digestFrom(left).every((limb, at) => limb === digestFrom(right)[at])
}
