/**
 * The store contract: one durable log per source, the ledger, checkpoints and lanes. Each method that changes something
 * is one transaction; the conformance suite in `test/conformance/store.ts` says what each must guarantee.
 *
 * An *offset* is an event's number in its source's log, from 0, never used twice. Ranges are half open: [from, to).
 */
import { OperationError } from '../errors.ts'
import type { LaneState } from './lane-state.ts'
import type { LedgerDay, SinkLedgerDay } from './ledger-day.ts'
import type { LeftLane, LeftLaneStore } from './left-lane.ts'
import type { OperatorStore } from './operator-store.ts'
import type { SourceState } from './source-state.ts'

/**
 * What only one process at a time may write: a source's log, ledger and state, or a lane's place in its sources' logs.
 */
export type Holding =
  | { readonly source: string }
  | { readonly sink: string; readonly sources: readonly string[] }

/**
 * The right to write a holding. Several processes may share a store. A claim carries a fencing number that each write
 * is checked against, so that a process that lost it (stopped for too long, cut off) can no longer change anything.
 */
export interface Claim {
  /** Nobody else has held it since this process last did, so that what it keeps in memory is still what is stored. */
  readonly continued: boolean
  /** Aborted when the claim is lost. */
  readonly signal: AbortSignal
  /** Never rejects: a claim that can't be given back expires by itself. */
  release(): Promise<void>
}

/** A write under a claim that was lost. What is in memory may be wrong: claim and load again. */
export class ClaimLost extends OperationError {}

/** Events that were appended together, as `spool/codec.ts` packs them. */
export interface Entry {
  /** Offset of the first event. */
  readonly base: number
  readonly count: number
  readonly blob: Uint8Array
}

/** A component's state, as last reported by the process that holds it. */
export interface Published {
  readonly state: string
  readonly reason: string
  /** When this was reported, milliseconds. */
  readonly toldAt?: number
  /** Not to be tried before this, by the same clock. */
  readonly retryAt?: number
  /** Event time of the oldest event that still waits for a sink, Unix seconds. */
  readonly oldest?: number
  /** When the next poll is due, milliseconds. */
  readonly nextPoll?: number | undefined
  /** What the backfill under way waits for; empty if nothing. */
  readonly waitsFor?: string
  /** What a scheduled reconciliation found missing. */
  readonly holes?: number
}

/** What one append adds to a minute of the source's ledger. */
export interface LedgerMinute {
  /** Unix minutes. */
  readonly minute: number
  readonly count: number
  /** Sum of the uids' first 16 bytes modulo 2^128, big endian. */
  readonly digest: Uint8Array
  /** First 8 bytes of each uid, packed; undefined beyond the retrospection horizon. */
  readonly uids: Uint8Array | undefined
}

export interface QuarantinedRecord {
  /** SHA-256 of the bytes and their ordinal among equal ones, so that the same record read again is one row. */
  readonly id: string
  readonly at: number
  readonly reason: string
  readonly bytes: Uint8Array
}

export interface Append {
  readonly source: string
  readonly state: SourceState
  /** `base` must be the log's end. */
  readonly entry?: Entry
  /** What the events of `entry` add to the ledger. */
  readonly ledger: readonly LedgerMinute[]
  readonly quarantined: readonly QuarantinedRecord[]
}

export interface LogBounds {
  /** Offset of the oldest event still held. */
  readonly start: number
  /** Offset that the next event will get. */
  readonly end: number
  /** Size of the held entries as stored. */
  readonly bytes: number
}

export interface SinkLedgerMinute extends Omit<SinkLedgerDay, 'day'> {
  readonly minute: number
  /** As in `Cursor`. */
  readonly replayed?: number
  /** When its events were settled, first and last, milliseconds; absent unless that is known of all of them. */
  readonly settled?: { readonly first: number; readonly last: number }
  /** Digest of the delivered events, without those that a replay sent again. */
  readonly digest: Uint8Array
}

export interface DeadLetter {
  readonly id: string
  readonly sink: string
  readonly source: string
  readonly uid: string
  /** Milliseconds. */
  readonly at: number
  readonly attempts: number
  readonly reason: string
  readonly answer: string
  /**
   * `parked` waits for a person; `queued` goes out with the lane's next batch; `replay` does too, but after new events.
   */
  readonly state: 'parked' | 'queued' | 'replay'
  /** The event in native format, after the sink's redaction. */
  readonly event: string
  /** Why `event` and `answer` can't be decrypted. Both are then as stored, so that they can be written back. */
  readonly unreadable?: string
}

export interface Settlement {
  readonly sink: string
  readonly state: LaneState
  readonly ledger: readonly (SinkLedgerMinute & { readonly source: string })[]
  readonly deadLettered: readonly DeadLetter[]
  /** Ids of dead letters that went out. */
  readonly redelivered: readonly string[]
}

export interface DeadLetterQuery {
  readonly sink?: string
  readonly ids?: readonly string[]
  /** If omitted: `parked` and `queued`. */
  readonly state?: DeadLetter['state']
  /** 1,000 if omitted. */
  readonly limit?: number
  /** Only those after this one, in the order of `deadLetters`. */
  readonly after?: Pick<DeadLetter, 'at' | 'id'>
}

export interface Store extends OperatorStore, LeftLaneStore {
  readonly runtime: 'embedded' | 'redis'

  /** Undefined while another process holds it. A write without any claim takes one. */
  claim(holding: Holding): Promise<Claim | undefined>
  /** Tells the other processes the state of a component that this process holds. */
  publish(component: string, health: Published): Promise<void>
  published(component: string): Promise<Published | undefined>
  /** Why nothing can be read or written now; undefined if it can. */
  trouble(): string | undefined

  loadSource(source: string): Promise<SourceState | undefined>
  /**
   * Spool, ledger, checkpoint and quarantine change together or not at all. Answers how many of the quarantined records
   * were new.
   */
  append(append: Append): Promise<{ quarantined: number }>
  /** Minutes in [from, to] that hold events, ascending. */
  ledger(source: string, from: number, to: number): Promise<LedgerMinute[]>
  /** Days in [from, to] that hold events, ascending. The store adds up the minutes, which may be years of them. */
  ledgerDays(source: string, from: number, to: number): Promise<LedgerDay[]>
  /** The newest minute before `minute` that holds events. */
  ledgerMinuteBefore(source: string, minute: number): Promise<number | undefined>
  /** Drops packed uids of minutes before `uidsBefore`, and whole minutes before `countsBefore`, including each sink's counts. */
  pruneLedger(source: string, uidsBefore: number, countsBefore: number): Promise<void>

  bounds(source: string): Promise<LogBounds>
  /** The entry that holds `offset`, or undefined at the log's end or before its start. */
  readEntry(source: string, offset: number): Promise<Entry | undefined>
  /**
   * Drops entries that end at or before `offset`. `sinks` are those in this process's configuration that take from the
   * source. What any other lane still needs is kept: another process may have that sink, or somebody may put it back.
   * After LEFT_LANES_HOLD_MS without its sink, such a lane is let go; answers those that this trim let go. `disabled`:
   * sinks that this process has disabled; if no other process can have them, they hold nothing.
   */
  trim(
    source: string,
    offset: number,
    sinks?: readonly string[],
    disabled?: readonly string[],
  ): Promise<LeftLane[]>

  loadLane(sink: string): Promise<LaneState | undefined>
  /**
   * Cursor, dead letters and the sink's ledger of a source change together. Several lanes may settle in one
   * transaction. After a failure the same settlements, with the same `ledger` object, may be passed again: nothing is
   * counted twice.
   */
  settle(settlements: readonly Settlement[]): Promise<void>
  sinkLedger(sink: string, source: string, from: number, to: number): Promise<SinkLedgerMinute[]>
  sinkLedgerDays(sink: string, source: string, from: number, to: number): Promise<SinkLedgerDay[]>

  /** Oldest first, then by id. */
  deadLetters(query: DeadLetterQuery): Promise<DeadLetter[]>
  countDeadLetters(sink: string, state: DeadLetter['state']): Promise<number>
  /**
   * Adds events to be sent again to the dead letters, in state `replay`; one that already waits there is not added
   * twice.
   */
  queueReplays(replays: readonly DeadLetter[]): Promise<void>
  /** Marks as `queued`; answers how many were. */
  queueDeadLetters(query: DeadLetterQuery): Promise<number>
  dropDeadLetters(query: DeadLetterQuery): Promise<number>
  /** Newest first. */
  quarantine(source: string, limit: number): Promise<QuarantinedRecord[]>
  countQuarantined(source: string): Promise<number>

  /** Stops waiting for a shared store that does not answer within this time. */
  close(withinMs?: number): Promise<void>
}
