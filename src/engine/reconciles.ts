/** The reconciliations that a running engine makes, and how far they are, for whoever waits for one. */
import type { OnProgress, SourceWait } from '../reconcile/progress.ts'
import { type ReconcileParts, reconcile } from '../reconcile/reconcile.ts'
import type { ReconcileQuery, Reconciliation } from '../reconcile/result.ts'
import { unitOf } from './named-component.ts'
import type { SourceUnit } from './source-unit.ts'

export interface ReconcileProgress extends ReconcileQuery {
  readonly events: number
  /** The oldest second that was read, Unix seconds. */
  readonly position: number
  /** 0 to 1. */
  readonly share: number
  readonly wait?: SourceWait
}

interface Reconciles {
  /** Throws UnknownIdError when there is no such source, OperationError when it can't be read. */
  make(query: ReconcileQuery): Promise<Reconciliation>
  underWay(): ReconcileProgress[]
}

type ReconcilesParts = Omit<ReconcileParts, 'unit' | 'delivers' | 'onProgress'> & {
  readonly sources: readonly SourceUnit[]
}

export function createReconciles(it: ReconcilesParts, signal: AbortSignal): Reconciles {
  const all = new Set<{ progress: ReconcileProgress }>()
  return {
    async make(query) {
      const one: { progress: ReconcileProgress } = {
        progress: { ...query, events: 0, position: query.to, share: 0 },
      }
      const onProgress: OnProgress = (events, position, share, wait) => {
        const total = one.progress.events + events
        one.progress = { ...query, events: total, position, share, ...(wait && { wait }) }
      }
      const unit = unitOf(it.sources, query.source)
      all.add(one)
      try {
        return await reconcile({ ...it, unit, delivers: true, onProgress }, query, signal)
      } finally {
        all.delete(one)
      }
    },
    underWay: () => [...all].map(({ progress }) => progress),
  }
}
