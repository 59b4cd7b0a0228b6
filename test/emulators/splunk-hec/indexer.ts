/** One indexer: accepts events, indexes them after a while, and keeps in memory what it may acknowledge. */
import type { SeenRequest } from './collector.ts'

/** The good events at the start of one request; they stay as received until a test reads them. */
export interface Events {
  readonly request: SeenRequest
  readonly uids: readonly string[]
}

export interface Indexed extends Events {
  /** Number of the indexer. */
  readonly indexer: number
}

export interface Indexer {
  /** Returns an ackId if there is a channel. */
  accept(events: Events, channel: string | undefined): number | undefined
  /** `true` if indexed, but only the first time it is asked; `false` also if unknown. */
  acknowledge(channel: string, ids: readonly number[]): Record<string, boolean>
  /** Indexes everything that was accepted. */
  flush(): void
  /** Forgets channels and events that aren't indexed yet; ackIds start at 0 again. */
  restart(): void
}

/** `indexAfterMs`: 0 means at once, Infinity waits for `flush`. Indexed events are pushed to `indexed`. */
export function createIndexer(number: number, indexed: Indexed[], indexAfterMs: number): Indexer {
  const channels = new Map<string, Accepted[]>()
  const waiting = new Set<Accepted>()

  function index(accepted: Accepted) {
    if (!waiting.delete(accepted)) return
    accepted.state = 'indexed'
    indexed.push({ ...accepted.events, indexer: number })
  }

  return {
    accept(events, channel) {
      const accepted: Accepted = { events, state: 'waiting' }
      waiting.add(accepted)
      if (indexAfterMs === 0) index(accepted)
      else if (Number.isFinite(indexAfterMs)) setTimeout(() => index(accepted), indexAfterMs).unref()
      if (channel === undefined) return undefined
      const ids = channels.get(channel) ?? []
      channels.set(channel, ids)
      return ids.push(accepted) - 1
    },
    acknowledge(channel, ids) {
      const answer: Record<string, boolean> = {}
      for (const id of ids) {
        const accepted = channels.get(channel)?.[id]
        answer[id] = accepted?.state === 'indexed'
        if (accepted?.state === 'indexed') accepted.state = 'told'
      }
      return answer
    },
    flush() {
      for (const accepted of [...waiting]) index(accepted)
    },
    restart() {
      channels.clear()
      waiting.clear()
    },
  }
}

interface Accepted {
  readonly events: Events
  state: 'waiting' | 'indexed' | 'told'
}
