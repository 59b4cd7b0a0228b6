/** What commands ask: of a running engine over HTTP, or of the stored state while none runs. */
import type { MirrorDocument } from '../mirror/document.ts'
import type { OnProgress } from '../reconcile/progress.ts'
import type { ReconcileQuery, Reconciliation } from '../reconcile/result.ts'
import type { DeadLetterQuery } from '../spool/store.ts'
import type { EngineApi } from './engine-api.ts'

/** What only the HTTP server asks the engine for, or what commands ask for in another form. */
type NotForCommands =
  | 'readiness'
  | 'archives'
  | 'organizations'
  | 'startBackfill'
  | 'backfills'
  | 'reconcile'
  | 'reconciling'
  | 'ledger'
  | 'testSink'
  | 'deliveries'

export interface EngineQueries extends Omit<EngineApi, NotForCommands> {
  reconcile(query: ReconcileQuery, onProgress?: OnProgress): Promise<Reconciliation>
  /** All of them, or all of a sink, as NDJSON in pieces. */
  exportDeadLetters(query: Pick<DeadLetterQuery, 'sink'>): Promise<AsyncIterable<string>>
  /** Only when no engine owns the state. Answers the sources that will continue from the document. */
  importState?(document: MirrorDocument, force: boolean): Promise<string[]>
}
