/**
 * What operators have paused. The store holds it, for every process and across restarts; each process remembers it,
 * checks now and then for what others changed, and tells its own components.
 */
import type { Config } from '../config/config.ts'
import type { Logger } from '../lib/logger.ts'
import { createTurns } from '../lib/turns.ts'
import type { PollLoop } from '../poll/poll-loop.ts'
import type { Pause } from '../spool/operator-store.ts'
import type { Store } from '../spool/store.ts'

export interface Pauses {
  /** Why the component is paused: `paused by dana at 2026-11-25T10:00:00Z`. Undefined when it is not. */
  reason(component: string): string | undefined
  /** Calls `hear` at each change of the component's reason, and when an operator resumes what was not paused. */
  watch(component: string, hear: (reason: string | undefined) => void): void
  pause(component: string, by: string): Promise<void>
  resume(component: string): Promise<void>
  /** Reads what other processes have changed. */
  look(): Promise<void>
}

export async function openPauses(store: Store, now: () => number): Promise<Pauses> {
  let known = new Map<string, string>()
  const watched = new Map<string, ((reason: string | undefined) => void)[]>()
  // One after the other: an older answer must not overtake a newer one.
  const inTurn = createTurns()

  const look = () =>
    inTurn(async () => {
      const before = known
      known = reasonsOf(await store.pauses())
      for (const [component, hearers] of watched) {
        const reason = known.get(component)
        if (reason !== before.get(component)) for (const hear of hearers) hear(reason)
      }
    })
  await look()

  return {
    look,
    reason: (component) => known.get(component),
    watch(component, hear) {
      watched.set(component, [...(watched.get(component) ?? []), hear])
    },
    async pause(component, by) {
      await store.pause({ component, by, at: now() })
      await look()
    },
    async resume(component) {
      const wasPaused = known.has(component)
      await store.resume(component)
      await look()
      // It may have paused by itself: then it is tried now, not after its back-off.
      if (wasPaused || known.has(component)) return
      for (const hear of watched.get(component) ?? []) hear(undefined)
    },
  }
}

/** Logs what is paused, and each change of it. */
export function logPauses({ reason, watch }: Pauses, config: Config, logger: Logger): void {
  for (const kind of ['source', 'sink'] as const) {
    for (const id of Object.keys(config[`${kind}s`])) {
      const log = (why: string | undefined) =>
        why === undefined
          ? logger.info(`${kind} resumed by an operator`, { [kind]: id })
          : logger.info(`${kind} paused by an operator`, { [kind]: id, reason: why })
      const now = reason(`${kind} ${id}`)
      if (now !== undefined) log(now)
      watch(`${kind} ${id}`, log)
    }
  }
}

/** By component. */
export function reasonsOf(pauses: readonly Pause[]): Map<string, string> {
  return new Map(
    pauses.map(({ component, by, at }) => [component, `paused by ${by} at ${new Date(at).toISOString()}`]),
  )
}

/** A loop that skips its turns while its source is paused; a walk under way breaks off at its last stored page. */
export function pausable(
  loop: PollLoop,
  { reason, watch }: Pauses,
  component: string,
  pollEveryMs: number,
): PollLoop {
  let pausing = new AbortController()
  watch(component, (why) => {
    if (why !== undefined) pausing.abort(new Error(why))
    else if (pausing.signal.aborted) pausing = new AbortController()
  })
  return {
    ...loop,
    async turn(signal) {
      if (reason(component) !== undefined) return pollEveryMs
      return loop.turn(AbortSignal.any([signal, pausing.signal]))
    },
    health() {
      const why = reason(component)
      return why === undefined ? loop.health() : { state: 'paused', reason: why }
    },
  }
}
