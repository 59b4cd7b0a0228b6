/** A store whose process dies at one of its writes. Production code knows nothing of it. */
import type { Store } from '../../src/spool/store.ts'

export interface Death {
  /** The write's number, from 0, counting all methods that change something. */
  readonly write: number
  /** Right before the write, or right after it is durable but before the caller hears of it. */
  readonly when: 'before' | 'after'
}

interface DyingStore extends Store {
  /** The number of writes begun so far. */
  writes(): number
}

/** `die` never returns, and from then on neither does any other write. If undefined, writes are only counted. */
export function dyingStore(
  store: Store,
  death: () => Death | undefined,
  die: () => Promise<never>,
): DyingStore {
  let writes = 0
  let last: Promise<never> | undefined
  const deadly =
    <Given extends unknown[], Result>(method: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      if (last !== undefined) return last
      const planned = death()
      const isLast = planned?.write === writes++
      if (isLast && planned.when === 'before') {
        last = die()
        return last
      }
      const result = await method(...given)
      if (isLast) last = die()
      return last ?? result
    }
  return {
    ...store,
    writes: () => writes,
    append: deadly(store.append),
    settle: deadly(store.settle),
    trim: deadly(store.trim),
    pruneLedger: deadly(store.pruneLedger),
    queueDeadLetters: deadly(store.queueDeadLetters),
    dropDeadLetters: deadly(store.dropDeadLetters),
  }
}
