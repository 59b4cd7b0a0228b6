/**
 * Ends a backfill early; what was spooled stays. The process that holds the source ends it: if that is another process
 * on a shared store, a note in the store asks it to, naming the backfill by when it began.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { OperationError } from '../errors.ts'
import { type BackfillState, coveredAfter, isUnderWay } from '../spool/backfill-state.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'

const LOOK_EVERY_MS = 250
/** A walk looks for a note every second, and first finishes the page that is on its way. */
const WITHIN_MS = 60_000

/**
 * `here` ends it under the right to write the source's state; undefined if another process has that right.
 * Answers whether one was under way. Throws OperationError if the other process does not react.
 */
export async function cancelBackfill(
  store: Store,
  source: string,
  here: () => Promise<true | undefined>,
): Promise<boolean> {
  const stored = async () => (await store.loadSource(source))?.backfill
  const wanted = await stored()
  if (!isUnderWay(wanted)) return false
  const until = performance.now() + WITHIN_MS
  for (;;) {
    if ((await here()) !== undefined) return true
    await store.publish(noteOf(source), { state: 'cancel', reason: `${wanted.startedAt}` })
    await sleep(LOOK_EVERY_MS)
    const now = await stored()
    if (!isUnderWay(now) || now.startedAt !== wanted.startedAt) return true
    if (performance.now() > until) {
      throw new OperationError(`another process holds the source ${source} and does not answer: try again`)
    }
  }
}

/** Without an engine: in the store. Undefined while another process holds the source. */
export async function cancelStored(store: Store, source: string, now: number): Promise<true | undefined> {
  const claim = await store.claim({ source })
  if (claim === undefined) return undefined
  try {
    const state = await store.loadSource(source)
    if (state !== undefined) {
      await store.append({ source, state: cancelled(state, now), ledger: [], quarantined: [] })
    }
    return true
  } finally {
    await claim.release()
  }
}

/** The state without a backfill under way. */
export function cancelled(state: SourceState, now: number): SourceState {
  const { backfill } = state
  if (!isUnderWay(backfill)) return state
  const ended: BackfillState = { ...backfill, endedAt: now, cancelled: true }
  if (ended.sinks === undefined) return { ...state, backfill: ended }
  return { ...state, backfill: ended, backfilled: coveredAfter(state.backfilled, ended) }
}

/** Whether another process asks for this backfill's end. */
export async function isCancelWanted(
  store: Store,
  source: string,
  { startedAt }: BackfillState,
): Promise<boolean> {
  return (await store.published(noteOf(source)))?.reason === `${startedAt}`
}

const noteOf = (source: string) => `backfill ${source}`
