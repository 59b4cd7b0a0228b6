/** Whether the engine is ready: on a full disk the store is open, but not in order until it accepts what it refused. */
import { messageOf } from '../errors.ts'
import { ClaimLost, type Store } from '../spool/store.ts'
import type { EngineApi } from './engine-api.ts'

interface WatchedStore {
  readonly store: Store
  /** `pausedFor`: why a component (`source acme`) is paused, since it then does not try again. */
  readiness(
    running: boolean,
    pausedFor: (component: string) => string | undefined,
  ): ReturnType<EngineApi['readiness']>
}

export function watchWrites(store: Store): WatchedStore {
  /** By whose write it was: `source acme`, or `sinks`. */
  const refused = new Map<string, string>()
  const remember = async <Result>(whose: string, write: Promise<Result>): Promise<Result> => {
    try {
      const result = await write
      refused.delete(whose)
      return result
    } catch (error) {
      if (!(error instanceof ClaimLost)) refused.set(whose, messageOf(error))
      throw error
    }
  }
  const watched: Store = {
    ...store,
    append: (it) => remember(`source ${it.source}`, store.append(it)),
    settle: (settlements) => remember('sinks', store.settle(settlements)),
  }
  return {
    // A shared store reports its own trouble, and the retry may happen in another process.
    store: store.runtime === 'embedded' ? watched : store,
    readiness(running, pausedFor) {
      if (!running) return { ready: false, reasons: ['the engine is starting or stopping'] }
      const tried = [...refused].filter(([whose]) => pausedFor(whose) === undefined)
      const reasons = [...new Set(tried.map(([, reason]) => reason))]
      return { ready: reasons.length === 0, reasons }
    },
  }
}
