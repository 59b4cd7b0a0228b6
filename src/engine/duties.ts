/** What a schedule runs: a source's poll, and a lane until it is empty; each reports its state to the other processes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import { CLOCKS_DIFFER_MS, type LaneDuty, type PollDuty } from '../schedule/schedule.ts'
import type { Published, Store } from '../spool/store.ts'
import type { Components, EngineParts } from './components.ts'
import type { HeldLane, SinkUnit } from './sink-unit.ts'
import type { SourceUnit } from './source-unit.ts'
import { sinkTrouble, waitingAgain } from './status.ts'

/** How often a process publishes the state of what it holds, and checks whether a lane is empty. */
const PUBLISH_EVERY_MS = 2_000
const LOOK_EVERY_MS = 200
/** A lane that is never empty must look for dead letters that were queued elsewhere. */
const LETTERS_EVERY_MS = 5_000
const UNREACHABLE_MS = 1_000
const MENDED_EVERY_MS = 500

export const pollDuty =
  ({ store, mirror, now }: EngineParts, { pauses }: Components) =>
  ({ config, loop, backfills }: SourceUnit): PollDuty => ({
    id: config.id,
    everyMs: config.pollEveryMs,
    async turn(signal) {
      const name = `source ${config.id}`
      const isPaused = () => pauses.reason(name) !== undefined
      if (isPaused()) return config.pollEveryMs
      // What a source asked for (Retry-After) binds whoever polls next.
      const askedFor = waitAskedFor(await store.published(name).catch(() => undefined), now())
      if (askedFor > 0) return askedFor
      const publish = (more: Partial<Published> = {}) => {
        const [nextPoll, waitsFor] = [loop.nextPoll(), backfills.waitsFor()]
        return store
          .publish(name, { ...loop.health(), nextPoll, waitsFor, toldAt: now(), ...more })
          .catch(() => undefined)
      }
      const publishing = setInterval(publish, PUBLISH_EVERY_MS)
      const wait = await loop.turn(signal)
      clearInterval(publishing)
      // What is published binds whoever polls next, and a pause may have ended by then.
      if (isPaused()) return wait
      await publish(loop.health().reason === '' ? {} : { retryAt: now() + wait })
      // Not waited for: what the mirror lacks after a loss is simply read again.
      void mirror?.capture()
      return wait
    },
    async isOverdue() {
      const { nextPoll = Number.POSITIVE_INFINITY } = (await store.published(`source ${config.id}`)) ?? {}
      return now() - nextPoll > config.pollEveryMs + CLOCKS_DIFFER_MS
    },
  })

const waitForStore = (signal: AbortSignal) =>
  sleep(UNREACHABLE_MS, undefined, { signal }).catch(() => undefined)

/**
 * How long the next poll must still wait, milliseconds. A report from the future comes from a clock that has been set back
 * since, and binds nobody.
 */
function waitAskedFor(published: Published | undefined, now: number): number {
  const { retryAt = now, toldAt = now } = published ?? {}
  return toldAt - now > CLOCKS_DIFFER_MS ? 0 : Math.max(0, retryAt - now)
}

/** A task: once the store can be used again, sources are polled at once, not when their back-off is over. */
export function pollWhenMended(
  store: Pick<Store, 'trouble'>,
  polls: readonly Pick<PollDuty, 'turn'>[],
  signal: AbortSignal,
): () => Promise<number> {
  let wasStuck = false
  return async () => {
    const isStuck = store.trouble() !== undefined
    if (wasStuck && !isStuck) for (const { turn } of polls) void turn(signal)
    wasStuck = isStuck
    return MENDED_EVERY_MS
  }
}

export const laneDuty =
  ({ store, logger }: EngineParts, { pipeline }: Components) =>
  (unit: SinkUnit): LaneDuty => {
    const { config } = unit
    const name = `sink ${config.id}`
    const refreshLogs = () => Promise.all(config.sources.map((source) => pipeline.refreshLog(source)))

    const publish = async ({ lane, settler }: HeldLane) => {
      const oldest = await lane.oldestWaiting()
      const health = sinkTrouble({ lane, settler }) ?? { state: 'ok', reason: '' }
      await store.publish(name, oldest === undefined ? health : { ...health, oldest })
    }

    /** Also ends when another turn has given the same lane back: such a lane takes up nothing more. */
    const deliverUntilDrained = async (held: HeldLane, signal: AbortSignal) => {
      const { lane, claim } = held
      void lane.run()
      const publishing = setInterval(() => publish(held).catch(() => undefined), PUBLISH_EVERY_MS)
      const letters = setInterval(lane.wakeForLetters, LETTERS_EVERY_MS)
      try {
        for (;;) {
          await refreshLogs().catch(() => undefined)
          if (signal.aborted || claim.signal.aborted || unit.held() !== held) return
          if (lane.isDrained() && held.hasTended()) return
          lane.wake()
          await sleep(LOOK_EVERY_MS)
        }
      } finally {
        clearInterval(publishing)
        clearInterval(letters)
      }
    }

    return {
      id: config.id,
      async isWaiting() {
        if (unit.held() !== undefined) return false
        await refreshLogs()
        const lane = await store.loadLane(config.id)
        const waits = config.sources.some((source) => {
          const cursor = lane?.cursors[source]
          return cursor === undefined || cursor.next < pipeline.log(source).end || cursor.open.length > 0
        })
        return waits || (await waitingAgain(store, config.id)) > 0
      },
      async deliver(signal) {
        try {
          const held = await unit.hold()
          if (held === undefined) return
          await deliverUntilDrained(held, signal)
          if (unit.held() !== held) return
          await unit.give()
          await store.publish(name, { state: 'idle', reason: '' })
        } catch (error) {
          await unit.give().catch(() => undefined)
          if (store.trouble() !== undefined) return waitForStore(signal)
          logger.warn('a lane was given up and will be resumed', {
            sink: config.id,
            reason: messageOf(error),
          })
        }
      },
    }
  }
