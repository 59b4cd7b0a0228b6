/** The part of the store that is about people: what they have paused, what they did, that they are logged in. */
import type { ReadTrail, TRAIL_KEEPS, TrailEntry } from '../trail/trail.ts'

/** An operator's word that a component is not to work until it is resumed. */
export interface Pause {
  /** As in `publish`: `source acme`, `sink soc`. */
  readonly component: string
  /** Name of whoever said so. */
  readonly by: string
  /** Milliseconds. */
  readonly at: number
}

export interface OperatorStore {
  /** What operators have paused: for every process, and over restarts. No claim is needed. */
  pauses(): Promise<Pause[]>
  /** One that is paused already stays as it is. */
  pause(pause: Pause): Promise<void>
  resume(component: string): Promise<void>

  /** Writes down who did what, at `at` or a little later, and forgets what is too old; durable when it answers. */
  appendTrail(entry: TrailEntry, keeps?: typeof TRAIL_KEEPS): Promise<void>
  readonly trail: ReadTrail

  /** Keeps a text that every process sees, until its time is over: a session, a login under way. */
  keep(key: string, text: string, forMs: number): Promise<void>
  kept(key: string): Promise<string | undefined>
  /** Ends it. Of several that take the same, one is given it. */
  take(key: string): Promise<string | undefined>
}
