/** One indexer: takes events, indexes them after a while, and knows in memory what it may acknowledge. */
import type { Envelope } from './envelopes.ts'

export interface IndexedEvent {
  /** `fields.event_uid`. */
  readonly uid: string
  readonly envelope: Envelope
  /** Number of the indexer. */
  readonly indexer: number
}

export interface Indexer {
  /** Answers with an ackId if there is a channel. */
  accept(events: readonly Envelope[], channel: string | undefined): number | undefined
  /** `true` for what is indexed, and only the first time; `false` also for what is unknown. */
  acknowledge(channel: string, ids: readonly number[]): Record<string, boolean>
  /** Indexes everything accepted. */
  flush(): void
  /** Forgets channels and what is not indexed yet; ackIds start at 0 again. */
  restart(): void
}

/** `indexAfterMs`: 0 is at once, Infinity waits for `flush`. What is indexed is pushed to `indexed`. */
export function createIndexer(number: number, indexed: IndexedEvent[], indexAfterMs: number): Indexer {
  const channels = new Map<string, Accepted[]>()
  const waiting = new Set<Accepted>()

  function index(accepted: Accepted) {
    if (!waiting.delete(accepted)) return
    accepted.state = 'indexed'
    for (const envelope of accepted.events) {
      indexed.push({ uid: String(envelope.fields?.event_uid), envelope, indexer: number })
    }
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
  readonly events: readonly Envelope[]
  state: 'waiting' | 'indexed' | 'told'
}
