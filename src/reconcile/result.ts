/** The document of `auditferry reconcile --json` and `POST /api/v1/reconcile`. Public: keys are only added. */
import type { Gap } from '../spool/source-state.ts'

export interface ReconcileQuery {
  /** Component id of the source. */
  readonly source: string
  /** Unix seconds, [from, to). */
  readonly from: number
  readonly to: number
  readonly repair: boolean
}

export interface Reconciliation {
  readonly source: string
  /** RFC 3339. */
  readonly from: string
  readonly to: string
  readonly complete: boolean
  /** Minutes in which the source shows events that the ledger does not know. */
  readonly holes: readonly Hole[]
  /** Minutes in which the ledger knows events that the source does not show. */
  readonly extras: readonly Extra[]
  readonly sinks: Readonly<Record<string, SinkReconciliation>>
  /** Seconds that this reading could not prove complete either. */
  readonly gaps: readonly Gap[]
  /** Records that could not be understood; those beside the quarantine make it incomplete. */
  readonly unreadable: { readonly records: number; readonly notQuarantined: number }
  /** Events at or after the checkpoint, which the next poll brings. */
  readonly pending: number
  readonly days: readonly Day[]
  /** Of the range, what happened before the source's start: it is no part of `complete`. Absent: nothing of it did. */
  readonly notAskedFor?: NotAskedFor
  /** What else is to be known to read this right. */
  readonly notes: readonly string[]
  /** With `repair`: what was brought. `holes` above, and `missing` of each sink, are what is left. */
  readonly repaired?: Repaired
}

export interface NotAskedFor {
  /** RFC 3339: the source's start. */
  readonly before: string
  /** That the source shows and the ledger has not. */
  readonly events: number
}

export interface Repaired {
  readonly events: number
  readonly gaps: number
  readonly holes: readonly Hole[]
  /** What was missing at a sink alone, and goes to it again. By sink; absent: nothing was. */
  readonly sinks?: Readonly<Record<string, SentAgain>>
}

export interface SentAgain {
  /** Queued for the sink. */
  readonly events: number
  /** Of them, those that wait to be sent still. */
  readonly waiting: number
  /** Of them, those that the sink refused: dead letters. */
  readonly refused: number
  readonly missing: readonly Example[]
}

export interface Hole {
  /** RFC 3339. */
  readonly minute: string
  /** Events of the whole minute. */
  readonly source: number
  readonly ledger: number
  readonly missing: number
  readonly examples: readonly Example[]
}

export interface Extra {
  readonly minute: string
  readonly source: number
  readonly ledger: number
  readonly extra: number
  readonly examples: readonly Example[]
  /** The minute's uids are right, and its digest is not theirs. */
  readonly digestDiffers?: boolean
}

export interface Example {
  /** The whole uid, or as many of its first characters as the ledger keeps. */
  readonly uid: string
  readonly time: string
  readonly action: string
  readonly description: string
  /** Of what is extra or altered at a sink: the file or object, and which event of it. */
  readonly where?: string
}

export interface SinkReconciliation {
  /** Events of the range's minutes that are for this sink. */
  readonly spooled: number
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  /** Wait in the lane: not lost. */
  readonly undelivered: number
  readonly complete: boolean
  /** Minutes whose sum or digest is wrong in the sink's ledger. */
  readonly faults: readonly SinkFault[]
  /** What really lies there, if the sink can be read back. */
  readonly found?: FoundAtSink
  readonly notes: readonly string[]
}

export interface SinkFault {
  readonly minute: string
  readonly spooled: number
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  readonly undelivered: number
  readonly reason: string
}

export interface FoundAtSink {
  readonly events: number
  /** More than one copy: delivered at least once. */
  readonly copies: number
  readonly missing: readonly Example[]
  /** Of `missing`, those older than all that is there: their files may have been deleted or moved. Absent: none. */
  readonly older?: OlderEvents
  /** As many more were delivered and are not there; neither the source nor the ledger tells which. Absent: none. */
  readonly unnamed?: number
  /** Events that a backfill for this sink brings it, and that wait to be sent still. Absent: none. */
  readonly queued?: number
  readonly extra: readonly Example[]
  readonly altered: readonly (Example & { readonly fields: readonly string[] })[]
  /** Lines that hold no event. */
  readonly unreadable: readonly string[]
  /** Files and objects, and lists of them, that are not as their manifests say. */
  readonly objects: readonly ObjectFault[]
}

export interface OlderEvents {
  readonly events: number
  /** RFC 3339: when the oldest event that is there happened; the range's end if none in or before it is. */
  readonly before: string
  /** Files are rotated there: a repair does not send them again. */
  readonly left: boolean
}

export interface ObjectFault {
  readonly kind: 'missing' | 'changed' | 'added'
  readonly key: string
  readonly message: string
  /** Of its events, as far as they are known: the whole, or their first characters. */
  readonly uids: readonly string[]
  /** Nothing is left to be done: its events lie elsewhere there, or it was written again by this sink. */
  readonly madeGood?: boolean
}

export interface Day {
  /** `2026-11-22`, UTC. */
  readonly day: string
  readonly source: number
  readonly ledger: number
  /** Over all uids that the source shows, and that the ledger knows. */
  readonly sourceDigest: string
  readonly ledgerDigest: string
  readonly sinks: Readonly<Record<string, SinkDay>>
}

export interface SinkDay {
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
}
