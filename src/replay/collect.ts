/** Runs the events that a replay wants through the sink's rules, and queues them piece by piece. */
import type { SinkConfig } from '../config/config.ts'
import { replayLetter } from '../deliver/dead-letters.ts'
import { compileRules } from '../deliver/rules.ts'
import type { DeadLetter, Store } from '../spool/store.ts'
import type { ReplayRequest } from './request.ts'

export interface Collector {
  wants(uid: string, timestamp: number): boolean
  /** `line`: the event in native format. */
  add(source: string, uid: string, line: Uint8Array): Promise<void>
  /** Makes durable what was added. */
  flush(): Promise<void>
  readonly counts: { queued: number; filtered: number; failed: number; found: string[] }
}

/** Rows per transaction. */
const PIECE = 500

export function createCollector(
  sink: SinkConfig,
  { from, uids }: ReplayRequest,
  to: number,
  store: Store,
  now: () => number,
): Collector {
  const rules = compileRules(sink)
  const wanted = uids && new Set(uids)
  const counts = { queued: 0, filtered: 0, failed: 0, found: [] as string[] }
  let waiting: DeadLetter[] = []
  const flush = async () => {
    const piece = waiting
    waiting = []
    if (piece.length > 0) await store.queueReplays(piece)
    counts.queued += piece.length
  }
  return {
    counts,
    flush,
    wants: (uid, timestamp) => from <= timestamp && timestamp < to && (wanted?.has(uid) ?? true),
    async add(source, uid, line) {
      if (wanted !== undefined) counts.found.push(uid)
      const ruling = rules.apply(line)
      if (ruling.kind !== 'keep') {
        counts[ruling.kind]++
        return
      }
      waiting.push(replayLetter(sink.id, source, ruling.event, now()))
      if (waiting.length >= PIECE) await flush()
    },
  }
}
