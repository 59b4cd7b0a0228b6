/**
 * The tables that both databases have. Recurring texts are stored as numbers (`texts`); 0 stands for absent.
 *
 * An event's `key` combines its second and its number within that second: ordered by key, events are sorted by time,
 * and within a second by when they were archived.
 */
export interface Tables {
  readonly texts: { readonly id: number; readonly text: string }
  readonly events: EventRow
  readonly entries: EntryRow
  /** What an entry holds, see entry.ts; dropped by retention when all its events are older than the floor. */
  readonly payloads: { readonly number: number; readonly blob: Uint8Array }
  /** How many events an hour has for each combination of the values that most queries ask for. */
  readonly tallies: TallyRow
  /** How many events of a day have this value. `failures`: those among them whose outcome is a failure. */
  readonly day_tallies: DayTallyRow
}

export interface EventRow extends Facets {
  readonly key: number
  /** Number of its entry, and its place in that entry. */
  readonly entry: number
  readonly place: number
  /** The first 16 bytes. */
  readonly uid: Uint8Array
}

/** Numbers of texts, except for the severity. */
export interface Facets extends TallyFacets {
  readonly login: number
  readonly address: number
  readonly project: number
  readonly stack: number
}

interface TallyFacets {
  readonly organization: number
  readonly source: number
  readonly action: number
  readonly category: number
  readonly operation: number
  readonly outcome: number
  readonly severity: number
}

/** A link of the chain: events that were archived together, or a floor set by retention, which has no events. */
export interface EntryRow {
  /** Counted from 1, without gaps. */
  readonly number: number
  /** Sequence of its first event. */
  readonly base: number
  readonly count: number
  /** Milliseconds. */
  readonly archived_at: number
  /** Unix seconds, of its events. For a floor both are the floor: everything older was dropped. */
  readonly oldest: number
  readonly newest: number
  /** SHA-256 of the payload; empty for a floor. */
  readonly payload_hash: Uint8Array
  /** SHA-256 over all of this and the previous entry's hash, see chain.ts. */
  readonly hash: Uint8Array
}

interface TallyRow extends TallyFacets {
  /** Unix hours. */
  readonly hour: number
  readonly count: number
}

interface DayTallyRow {
  /** Unix days. */
  readonly day: number
  /** See `DAY_FIELDS`. */
  readonly field: number
  readonly organization: number
  readonly source: number
  readonly value: number
  readonly count: number
  readonly failures: number
}

/** What `day_tallies` counts. `all` has the value 0: it counts every event once. */
export const DAY_FIELDS = { all: 0, login: 1, address: 2, stack: 3 } as const

export const HOUR = 3_600
export const DAY = 86_400

/** Keys of one second. */
export const KEY_STEP = 2 ** 16
/** Timestamps end before this second; the spool has no place for later ones either. */
export const LAST_SECOND = 2 ** 32

export function secondOf(key: number): number {
  return Math.floor(key / KEY_STEP)
}
