/** The sources as a replay reads them: those of the running engine, or opened for the purpose. */
import type { SourceConfig } from '../config/config.ts'
import type { Source } from '../connector.ts'
import { silentLogger } from '../lib/logger.ts'
import { silentMetrics } from '../ops/metrics.ts'
import { type Asker, createAsker } from '../poll/asker.ts'
import { createBudget } from '../poll/budget.ts'
import type { Poller } from '../poll/poller.ts'
import type { Store } from '../spool/store.ts'
import { VERSION } from '../version.ts'
import type { SourceReading } from './from-source.ts'

type Reading = SourceReading & { close(): Promise<void> }

interface PolledSource {
  readonly config: Pick<SourceConfig, 'id'>
  readonly source: Pick<Source, 'organization'>
  readonly asker: Asker
  readonly poller: Pick<Poller, 'state'>
}

/** Shares the request budget with the polls. */
export function readingOf(
  { sources }: { readonly sources: readonly PolledSource[] },
  wanted: string,
  now: () => number,
): Reading {
  const unit = sources.find(({ config }) => config.id === wanted)
  if (unit === undefined) throw new Error(`the source ${wanted} is not open`)
  const { source, asker, poller } = unit
  return { id: wanted, source, asker, variant: poller.state().variant, now, close: async () => {} }
}

/** Continues with the request budget as the last poll left it. */
export async function openReading(
  { id, definition, options, connection, requestsPerMinute }: SourceConfig,
  store: Store,
  now: () => number,
  onWait?: SourceReading['onWait'],
): Promise<Reading> {
  const context = { id, connection, logger: silentLogger, now, version: VERSION, trail: store.trail }
  const source = definition.create(options, context)
  const budget = createBudget({ requestsPerMinute, patienceMs: Number.POSITIVE_INFINITY, now })
  const { budgetFullAt, variant } = (await store.loadSource(id)) ?? {}
  if (budgetFullAt !== undefined) budget.resume(budgetFullAt)
  const asker = createAsker({ id, source, budget, metrics: silentMetrics, now })
  return { id, source, asker, variant, now, onWait, close: () => source.close() }
}
