/** Sends a source's requests: within its budget, counted and traced, and notes the server's clock. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, ReadRequest, Source } from '../connector.ts'
import { SourceError } from '../errors.ts'
import type { Metrics } from '../ops/metrics.ts'
import { span } from '../ops/spans.ts'
import type { Budget, Urgency } from './budget.ts'

interface AskerParts {
  /** Component id. */
  readonly id: string
  readonly source: Source
  readonly budget: Budget
  readonly metrics: Metrics
  readonly now: () => number
}

export interface Asker {
  readonly budget: Budget
  /** Throws SourceError. */
  ask(request: ReadRequest, signal: AbortSignal, urgency?: Urgency): Promise<Answer>
  /** Waits until half of the request budget is available, so that a poll never waits behind less urgent work. */
  leaveHalf(signal: AbortSignal): Promise<void>
  /** The server's clock minus ours, seconds, as last seen. */
  skew(): number
  /** How far our clock is ahead of the server's at least, seconds; 0 if it is not, or not known to be. */
  ahead(): number
}

const HALF_BUDGET_MS = 30_000

export function createAsker({ id, source, budget, metrics, now }: AskerParts): Asker {
  let skew = 0
  let ahead = 0
  const read = async (request: ReadRequest, signal: AbortSignal): Promise<Answer> => {
    const askedAt = now() / 1000
    try {
      const answer = await source.read(request, signal)
      metrics.sourceRequest(id, '200')
      if (answer.serverTime !== undefined) {
        skew = answer.serverTime - now() / 1000
        // It was up to a second later than it says, and the answer may have taken long to read.
        ahead = Math.max(0, askedAt - answer.serverTime - 1)
      }
      return answer
    } catch (error) {
      const status = error instanceof SourceError ? error.status : undefined
      metrics.sourceRequest(id, status === undefined ? 'error' : String(status))
      throw error
    }
  }
  return {
    budget,
    skew: () => skew,
    ahead: () => ahead,
    async leaveHalf(signal) {
      const wait = budget.fullAt() - now() - HALF_BUDGET_MS
      if (wait > 0) await sleep(wait, undefined, { signal })
    },
    async ask(request, signal, urgency) {
      await budget.take(signal, urgency)
      return span('auditferry.source.request', { source: id }, () => read(request, signal))
    },
  }
}
