/** Writes down who did what here, before it is answered. */
import type { Store } from '../spool/store.ts'
import type { TrailEntry } from '../trail.ts'
import type { Caller } from './route.ts'

export interface Deed extends Pick<TrailEntry, 'address' | 'action' | 'outcome' | 'details'> {
  /** Absent of somebody who was not let in. */
  readonly caller?: Caller
}

export type RecordDeed = (deed: Deed) => Promise<void>

export function createRecord(store: Pick<Store, 'appendTrail'> | undefined, now: () => number): RecordDeed {
  return async ({ caller, address, action, outcome, details }) => {
    const who = { user: caller?.name ?? '', role: caller?.role ?? ('' as const) }
    await store?.appendTrail({ at: now(), ...who, address, action, outcome, details })
  }
}
