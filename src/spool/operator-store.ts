/** The part of the store that concerns people: what they have paused, what they did, who is logged in. */
import type { ReadTrail, TRAIL_KEEPS, TrailEntry } from '../trail/trail.ts'

/** An operator's order to stop a component until it is resumed. */
export interface Pause {
  /** As in `publish`: `source acme`, `sink soc`. */
  readonly component: string
  /** Who gave the order. */
  readonly by: string
  /** Milliseconds. */
  readonly at: number
}

export interface OperatorStore {
  /** What operators have paused: applies to every process, and across restarts. Needs no claim. */
  pauses(): Promise<Pause[]>
  /** Leaves an existing pause as it is. */
  pause(pause: Pause): Promise<void>
  resume(component: string): Promise<void>

  /** Records who did what, at `at` or slightly later, and forgets what is too old; durable when it answers. */
  appendTrail(entry: TrailEntry, keeps?: typeof TRAIL_KEEPS): Promise<void>
  readonly trail: ReadTrail

  /** Keeps a text that every process sees until it expires: a session, a login in progress. */
  keep(key: string, text: string, forMs: number): Promise<void>
  kept(key: string): Promise<string | undefined>
  /** Removes and returns it. If several take the same one, only one gets it. */
  take(key: string): Promise<string | undefined>
}
