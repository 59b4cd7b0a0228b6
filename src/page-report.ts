/** What the log and the metrics report about a page that was spooled. */
import type { Logger } from './lib/logger.ts'
import type { Metrics } from './ops/metrics.ts'
import type { Page } from './poll/pages.ts'
import type { SourceState } from './spool/source-state.ts'

interface SpooledPage {
  readonly page: Page
  readonly before: SourceState
  readonly after: SourceState
  /** Records that were not in the quarantine before. */
  readonly quarantined: number
  /** How many seconds before the checkpoint each late event was. */
  readonly late: readonly number[]
  /** Unix minutes of which the ledger has forgotten too much. */
  readonly unclear: readonly number[]
}

export function reportPage(
  { metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger },
  source: string,
  { page, before, after, quarantined, late, unclear }: SpooledPage,
): void {
  metrics.polled(source, page.records.length)
  metrics.spooled(source, after.spooled - before.spooled)
  metrics.late(source, after.late - before.late)
  for (const seconds of late) metrics.lateness(source, seconds)
  if (quarantined > 0) {
    metrics.quarantined(source, quarantined)
    const reason = page.unreadable[0]?.unreadable ?? ''
    logger.error('records could not be understood and were quarantined', {
      source,
      records: quarantined,
      reason,
    })
  }
  for (const gap of page.gaps) {
    if (before.gaps.some((known) => known.second === gap.second)) continue
    metrics.gap(source)
    logger.error('a second of the source could not be proven complete', { source, ...gap })
  }
  if (unclear.length > 0) {
    logger.warn(
      'the ledger has forgotten which events of some old minutes it knows: where the source shows more than it counts, they go out again with the same uids',
      { source, minutes: unclear.length, first: new Date((unclear[0] ?? 0) * 60_000).toISOString() },
    )
  }
}
