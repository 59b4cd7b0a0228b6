/**
 * A write to a dead disk or to a pipe that nobody reads can't be called back, only not be waited for, and may end well
 * later: the same batch, which the engine brings again, then takes its outcome instead of being written twice.
 */
import type { Batch } from '../../../src/connector.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'

export function createLateWrites() {
  /** Begun, and what became of it not told yet. */
  const begun = new Set<{ readonly uids: readonly string[]; readonly outcome: Promise<Outcome> }>()

  return {
    /** The write has begun; answers its outcome. */
    note(batch: Batch, written: Promise<void>, failed: (error: unknown) => Outcome): Promise<Outcome> {
      const outcome = written.then(() => delivered, failed)
      const one = { uids: batch.events.map(({ uid }) => uid), outcome }
      begun.add(one)
      // What was not written is written anew.
      void outcome.then(({ kind }) => kind !== 'delivered' && begun.delete(one))
      return outcome
    },
    /** The outcome of what was begun before, else of `write`. Rejects when aborted. */
    async outcomeOf(batch: Batch, signal: AbortSignal, write: () => Promise<Outcome>): Promise<Outcome> {
      const earlier = [...begun].find(({ uids }) => isOf(batch, uids))
      const outcome = await abortable(earlier?.outcome ?? write(), signal)
      for (const one of begun) if (isOf(batch, one.uids)) begun.delete(one)
      return outcome
    },
  }
}

function isOf({ events }: Batch, uids: readonly string[]): boolean {
  return events.length === uids.length && events.every(({ uid }, at) => uid === uids[at])
}
