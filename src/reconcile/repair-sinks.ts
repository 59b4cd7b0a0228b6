/** Sends again what is missing at a sink alone: by a replay to that very sink, waited for where somebody delivers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isReplay } from '../deliver/dead-letters.ts'
import type { ReplayRequest, ReplaySlice } from '../replay/request.ts'
import type { Store } from '../spool/store.ts'
import type { Example, FoundAtSink, SentAgain } from './result.ts'
import type { Slice } from './slice.ts'

export interface ResendParts {
  readonly store: Pick<Store, 'deadLetters' | 'countDeadLetters'>
  /** Queues a slice of a replay, and wakes the lane. */
  replay(request: ReplayRequest): Promise<ReplaySlice>
  /** Somebody may deliver meanwhile. */
  readonly delivers: boolean
}

/** A replay looks through the spool once for so many. */
const UIDS_MOST = 10_000
const LOOK_EVERY_MS = 250
/** A lane that sent nothing for so long is paused, or nobody holds it. */
const STANDS_STILL_MS = 20_000

/** By sink; only those at which something is missing. */
export async function repairSinks(
  it: ResendParts,
  source: string,
  slices: readonly Slice[],
  signal: AbortSignal,
): Promise<Record<string, SentAgain>> {
  const missing = missingBySink(slices)
  const queued = new Map<string, number>()
  for (const [sink, events] of missing) {
    for (let at = 0; at < events.length; at += UIDS_MOST) {
      const count = await queue(it, sink, source, events.slice(at, at + UIDS_MOST), signal)
      queued.set(sink, (queued.get(sink) ?? 0) + count)
    }
  }
  const sent: Record<string, SentAgain> = {}
  for (const [sink, events] of missing) {
    if (it.delivers) await awaitDelivery(it, sink, signal)
    const uids = new Set(events.map(({ uid }) => uid))
    const among = async (state?: 'replay') =>
      (await it.store.deadLetters({ sink, limit: 1e9, ...(state && { state }) })).filter(
        (letter) => isReplay(letter) && uids.has(letter.uid),
      ).length
    const [waiting, refused] = [await among('replay'), await among()]
    sent[sink] = { events: queued.get(sink) ?? 0, waiting, refused, missing: events }
  }
  return sent
}

/** Oldest first; the slices came newest first. */
function missingBySink(slices: readonly Slice[]): Map<string, Example[]> {
  const missing = new Map<string, Example[]>()
  for (const { sinks } of slices.toReversed()) {
    for (const [sink, { found }] of sinks) {
      const events = found === undefined ? [] : wanted(found)
      if (events.length > 0) missing.set(sink, [...(missing.get(sink) ?? []), ...events])
    }
  }
  return missing
}

/** What may lie in files that are elsewhere by now is not sent a second time unasked. */
function wanted({ missing, older }: FoundAtSink): readonly Example[] {
  if (older?.left !== true) return missing
  const before = Date.parse(older.before)
  return missing.filter(({ time }) => Date.parse(time) >= before)
}

/** Answers how many were queued; what is found nowhere stays missing, and the next look says so. */
async function queue(
  { replay }: ResendParts,
  sink: string,
  source: string,
  events: readonly Example[],
  signal: AbortSignal,
): Promise<number> {
  const seconds = events.map(({ time }) => Date.parse(time) / 1000)
  const range = {
    from: seconds.reduce((a, b) => Math.min(a, b)),
    to: seconds.reduce((a, b) => Math.max(a, b)) + 1,
  }
  const wanted = new Set(events.map(({ uid }) => uid))
  let queued = 0
  let cursor: ReplaySlice['next']
  do {
    const uids = [...wanted]
    const slice = await replay({ sink, source, ...range, uids, ...(cursor && { cursor }) })
    queued += slice.queued
    for (const uid of slice.found) wanted.delete(uid)
    cursor = slice.next
    if (slice.waits) await sleep(LOOK_EVERY_MS, undefined, { signal })
  } while (cursor !== undefined && wanted.size > 0)
  return queued
}

/** Until nothing of a replay waits for the sink any more, or it stands still. */
async function awaitDelivery({ store }: ResendParts, sink: string, signal: AbortSignal): Promise<void> {
  let waiting = Number.POSITIVE_INFINITY
  let changedAt = performance.now()
  for (;;) {
    const now = await store.countDeadLetters(sink, 'replay')
    if (now !== waiting) changedAt = performance.now()
    waiting = now
    if (waiting === 0 || performance.now() - changedAt > STANDS_STILL_MS) return
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
}
