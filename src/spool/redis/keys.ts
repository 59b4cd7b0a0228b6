/**
 * The names of the keys. All of a source carry its id as hash tag, so that Redis Cluster keeps them in one slot and
 * a script may change them together: `auditferry:{acme}:log`.
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
  /** Hashes by sink: its cursor (JSON); what it has settled up to; when a process last had it (Unix seconds). */
  readonly lanes: string
  readonly low: string
  readonly seen: string
  /** Hash by sink that no process has any more: when it was first missed (Unix seconds), and where the log ended then. */
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

/** Of what BullMQ keeps: one hash tag, so that it lies in one slot of a Cluster. */
export function jobsPrefix(prefix: string): string {
  return `${prefix}:{jobs}`
}

/**
 * Written to see whether writes are taken: one in each slot that is used, since any of them may be the only one of a
 * Cluster's node.
 */
export function probeKeys(prefix: string, sources: readonly string[]): string[] {
  // A hash tag that is the name of another key: the slot of that one.
  const beside = [sourcesKey, healthKey, pausedKey, trailKey].map((key) => `{${key(prefix)}}`)
  return [...beside, '{jobs}', ...sources.map(tagOf)].map((tag) => `${prefix}:${tag}:probe`)
}

/** The set of every source's id. */
export function sourcesKey(prefix: string): string {
  return `${prefix}:sources`
}

/** The version of this layout; in the slot of the sources' ids. */
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

/** A text that is kept for a time. */
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
