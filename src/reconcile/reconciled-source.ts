import type { SourceConfig } from '../config/config.ts'
import type { Source } from '../connector.ts'
import type { Choose } from '../pipeline.ts'
import type { Asker } from '../poll/asker.ts'
import type { PollLoop } from '../poll/poll-loop.ts'
import type { OldRange, Poller } from '../poll/poller.ts'

/** What a reconciliation needs of its source, as the engine opens it. */
export interface ReconciledSource {
  readonly config: Pick<SourceConfig, 'id'>
  readonly source: Pick<Source, 'organization'>
  readonly asker: Pick<Asker, 'ask'>
  readonly poller: Pick<Poller, 'state'>
  readonly loop: Pick<PollLoop, 'between'>
  /** Reads an old range again, and spools what `choose` picks. */
  repair(range: OldRange, choose: Choose, signal: AbortSignal): Promise<void>
}
