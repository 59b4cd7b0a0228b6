/** What the running engine offers to the HTTP server and, over HTTP, to the command line. */
import type { Archive } from '../archive/archive.ts'
import type { CheckResult } from '../connector.ts'
import type { AuditEvent } from '../event.ts'
import type { ImportRequest, ImportResult } from '../import/request.ts'
import type { MirrorDocument } from '../mirror/document.ts'
import type { BackfillStatus } from '../ops/backfill-status.ts'
import type { Status } from '../ops/status.ts'
import type { Patience } from '../poll/try-again.ts'
import type { ReconcileQuery, Reconciliation } from '../reconcile/result.ts'
import type { ReplayRequest, ReplaySlice } from '../replay/request.ts'
import type { DeadLetter, DeadLetterQuery } from '../spool/store.ts'
import type { Delivery } from './deliveries.ts'
import type { LedgerQuery, LedgerView } from './ledger-days.ts'
import type { ComponentKind } from './named-component.ts'
import type { ReconcileProgress } from './reconciles.ts'

export interface EngineApi {
  status(): Promise<Status>
  /** Those of the sinks that keep events to be searched, by the sink's id. */
  archives(): ReadonlyMap<string, Archive>
  /** The organisations whose logs the sources read. */
  organizations(): readonly string[]
  /** Configuration loaded, store open, schedules running. A broken sink does not count. */
  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] }
  /** Holds up a source's polls or a sink's delivery until it is resumed, over restarts. Throws UsageError for an unknown one. */
  pause(kind: ComponentKind, id: string, by: string): Promise<void>
  resume(kind: ComponentKind, id: string): Promise<void>
  /** Runs its check and sends one event, marked as a test and counted nowhere. Throws UsageError for an unknown sink. */
  testSink(id: string): Promise<CheckResult>
  deadLetters(query: DeadLetterQuery): Promise<DeadLetter[]>
  /** Queues for redelivery; answers how many were. */
  queueDeadLetters(query: DeadLetterQuery): Promise<number>
  dropDeadLetters(query: DeadLetterQuery): Promise<number>
  /**
   * Queues part of a range to be sent again; throws OperationError for events that can't be found. `onWait` is called
   * before each wait for the source, if the work is done in this process.
   */
  replay(request: ReplayRequest, onWait?: Patience['onWait']): Promise<ReplaySlice>
  /** Puts old events into a sink's archive. Throws UsageError if there is none, OperationError if it can't be written now. */
  importEvents(request: ImportRequest): Promise<ImportResult>
  /** Checkpoints and cursors, as a mirror holds them. */
  exportState(): Promise<MirrorDocument>
  /** Begins or resumes a backfill without waiting for its end. Throws UsageError if that is impossible. */
  startBackfill(order: BackfillOrder): Promise<void>
  /** Ends the one under way; what it has spooled stays. Answers whether there was one. Throws UsageError. */
  cancelBackfill(source: string): Promise<boolean>
  /** Each source's last one. */
  backfills(): Promise<BackfillStatus[]>
  /** What became of one event at each sink. */
  deliveries(event: AuditEvent): Promise<Delivery[]>
  /** What the ledgers know about each day. Throws UsageError for an unknown source. */
  ledger(query: LedgerQuery): Promise<LedgerView>
  /** Reads a range of a source again and compares it with the ledgers and sinks. */
  reconcile(query: ReconcileQuery): Promise<Reconciliation>
  /** The progress of those under way. */
  reconciling(): ReconcileProgress[]
}

export interface BackfillOrder {
  readonly source: string
  /** Unix seconds, [from, to). */
  readonly from: number
  readonly to: number
  readonly parallel: number
  readonly dryRun: boolean
  /** Only these sinks get what they lack of the range. If absent, it is spooled for all. */
  readonly sinks?: readonly string[]
}
