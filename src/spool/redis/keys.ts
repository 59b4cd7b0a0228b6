/**
 * The names of the keys. All keys of a source carry its id as hash tag, so that Redis Cluster keeps them in one slot
 * and a script may change them together: `auditferry:{acme}:log`.
 */

export interface SourceKeys {
  /** Hash: holding (`source`, `lane:<sink>`) → fencing number, owner, end of its lease. */
  readonly claims: string
  /** Hash: `state` (JSON), and the log's `start`, `end` (offsets), `written`, `freed` (bytes). */
  readonly state: string
  /** Stream: one zstd entry per append; its id is the offset of its first event plus 1. */
  readonly log: string
  /** Hash: minute → digest and count; the sorted set of its minutes; hash: minute → packed uids. */
  readonly ledger: string
  readonly minutes: string
  readonly uids: string
  /** Hash: id → record; sorted set: id by time. */
  readonly quarantine: string
  readonly quarantineTimes: string
  /** Hashes by sink: its cursor (JSON); up to where it has settled; when a process last had the sink (Unix seconds). */
  readonly lanes: string
  readonly low: string
  readonly seen: string
  /**
   * Hash by sink that no process has any more: when it was first missed (Unix seconds), and where the log ended then.
   */
  readonly left: string
  /** Hash: id → dead letter. */
  readonly letters: string
  readonly sink: (id: string) => SinkKeys
}

interface SinkKeys {
  readonly ledger: string
  readonly minutes: string
  /** Sorted sets: dead letter by time. */
  readonly parked: string
  readonly queued: string
  readonly replay: string
}

/** For BullMQ's keys: a single hash tag, so that they lie in one slot of a Cluster. */
export function jobsPrefix(prefix: string): string {
  return `${prefix}:{jobs}`
}

/**
 * Keys that are written to find out whether Redis takes writes: one in each slot in use, because any of them may be the
 * only one on its Cluster node.
 */
export function probeKeys(prefix: string, sources: readonly string[]): string[] {
  // A hash tag that equals the name of another key puts the probe into that key's slot.
  const beside = [sourcesKey, healthKey, pausedKey, trailKey].map((key) => `{${key(prefix)}}`)
  return [...beside, '{jobs}', ...sources.map(tagOf)].map((tag) => `${prefix}:${tag}:probe`)
}

/** The set of every source's id. */
export function sourcesKey(prefix: string): string {
  return `${prefix}:sources`
}

/** The version of this layout; in the same slot as the sources' ids. */
export function layoutKey(prefix: string): string {
  return `${prefix}:{${sourcesKey(prefix)}}:layout`
}

/** What processes publish about their components. */
export function healthKey(prefix: string): string {
  return `${prefix}:health`
}

/** Stream of auditferry's own audit trail: at most one entry per millisecond. */
export function trailKey(prefix: string): string {
  return `${prefix}:trail`
}

/** A text that is kept for a limited time. */
export function keptKey(prefix: string, key: string): string {
  return `${prefix}:kept:${key}`
}

/** Hash: component → who paused it, and when. */
export function pausedKey(prefix: string): string {
  return `${prefix}:paused`
}

export function keysOf(prefix: string, source: string): SourceKeys {
  const of = (name: string) => `${prefix}:${tagOf(source)}:${name}`
  return {
    claims: of('claims'),
    state: of('state'),
    log: of('log'),
    ledger: of('ledger'),
    minutes: of('ledger-minutes'),
    uids: of('uids'),
    quarantine: of('quarantine'),
    quarantineTimes: of('quarantine-times'),
    lanes: of('lanes'),
    low: of('lanes-settled'),
    seen: of('lanes-seen'),
    left: of('lanes-left'),
    letters: of('dead-letters'),
    sink: (id) => ({
      ledger: of(`sink-ledger:${id}`),
      minutes: of(`sink-ledger-minutes:${id}`),
      parked: of(`dead-letters-parked:${id}`),
      queued: of(`dead-letters-queued:${id}`),
      replay: of(`dead-letters-replay:${id}`),
    }),
  }
}

/** A brace in an id would end the hash tag. */
function tagOf(source: string): string {
  return `{${encodeURIComponent(source)}}`
}
