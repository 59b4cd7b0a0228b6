/** Watches the poll under way: one that brings nothing must not look like an idle source. */
import { steadyClock } from '../lib/steady.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { SourceHealth } from './poll-loop.ts'

/** A poll that has brought nothing for this many request timeouts is called stuck. */
const STALLED = 5

interface Stall {
  during<Result>(poll: () => Promise<Result>): Promise<Result>
  /** For a poll under way that has made nothing durable; undefined without one, or while it may just be young. */
  health(isFirst: boolean): SourceHealth | undefined
}

/** `timeoutMs`: how long one request may last. */
export function watchStall(state: () => SourceState, timeoutMs: number, clock: () => number): Stall {
  const now = steadyClock(clock)
  let poll: { readonly since: number; readonly from: string } | undefined
  return {
    async during(work) {
      poll = { since: now(), from: placeOf(state()) }
      try {
        return await work()
      } finally {
        poll = undefined
      }
    },
    health(isFirst) {
      if (poll === undefined || poll.from !== placeOf(state())) return undefined
      const ms = now() - poll.since
      if (ms <= STALLED * timeoutMs)
        return isFirst ? { state: 'idle', reason: 'the first poll is under way' } : undefined
      return {
        state: 'stuck',
        reason: `the poll under way has brought nothing for ${Math.round(ms / 1000)}s`,
      }
    },
  }
}

/** Moves whenever a page becomes durable. */
const placeOf = ({ spooled, walk }: SourceState) => `${spooled} ${walk?.position}`
