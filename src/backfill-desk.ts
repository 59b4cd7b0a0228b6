/** Takes orders for backfills of one source, and tells how they go. */
import type { SourceConfig } from './config/config.ts'
import type { Source } from './connector.ts'
import { messageOf, UsageError } from './errors.ts'
import { type BackfillStatus, backfillStatus } from './ops/backfill-status.ts'
import type { Pipeline } from './pipeline.ts'
import { type BackfillRange, type PartReader, planBackfill, walkBackfill, walkDry } from './poll/backfill.ts'
import type { Beside } from './poll/poll-loop.ts'
import { type BackfillState, isUnderWay } from './spool/backfill-state.ts'

export interface BackfillDesk extends Beside {
  /** Takes up the one under way, or begins. Throws UsageError while one of another range is under way. */
  begin(range: BackfillRange): Promise<void>
  /** Counts a range in the background and stores nothing. */
  beginDry(range: BackfillRange, signal: AbortSignal): void
  isCounting(): boolean
  /** The last dry run of this process. */
  counted(): BackfillStatus[]
}

export interface DeskParts extends PartReader {
  readonly config: SourceConfig
  readonly source: Source
  readonly pipeline: Pipeline
}

interface DryRun {
  state: BackfillState
  failure: string
}

export function createBackfillDesk(it: DeskParts): BackfillDesk {
  const { config, source, pipeline, book, now } = it
  const spoolPage = pipeline.spooler(config, source, 'backfill')
  const count = pipeline.counter(config, source)
  let dry: DryRun | undefined

  const walkCounting = async (run: DryRun, signal: AbortSignal) => {
    try {
      await walkDry(
        it,
        run.state,
        async (page, at) => {
          const { events, fresh, unclear } = await count(page, run.state)
          const { parts, polled, spooled, gaps, unreadable } = run.state
          run.state = {
            ...run.state,
            parts: parts.map((part, of) => (of === at ? { ...part, position: page.position } : part)),
            polled: polled + events,
            spooled: spooled + fresh,
            gaps: gaps + page.gaps.length,
            unreadable: unreadable + page.unreadable.length,
            unclear: run.state.unclear + unclear,
          }
        },
        signal,
      )
    } catch (error) {
      run.failure = messageOf(error)
    }
    run.state = { ...run.state, endedAt: now() }
  }

  return {
    isWaiting: () => isUnderWay(book.state().backfill),
    run: (signal) => walkBackfill(it, spoolPage, signal),
    async begin(range) {
      const { backfill } = book.state()
      if (!isUnderWay(backfill)) {
        return book.change((state) => ({ ...state, backfill: planBackfill(range, now()) }))
      }
      refuseOther(config.id, backfill, range)
      // Parts that are walked already stay as many.
      await book.change((state) => ({
        ...state,
        backfill: { ...backfill, ...state.backfill, parallel: range.parallel },
      }))
    },
    beginDry(range, signal) {
      if (dry !== undefined && isUnderWay(dry.state)) return refuseOther(config.id, dry.state, range)
      dry = { state: planBackfill(range, now()), failure: '' }
      void walkCounting(dry, signal)
    },
    isCounting: () => isUnderWay(dry?.state),
    counted() {
      if (dry === undefined) return []
      return [backfillStatus(config.id, dry.state, { dryRun: true, failure: dry.failure })]
    },
  }
}

/** Throws UsageError unless the one under way is of the same range. */
export function refuseOther(
  id: string,
  { from, to }: BackfillState,
  range: { from: number; to: number },
): void {
  if (from === range.from && to === range.to) return
  const text = (second: number) => new Date(second * 1000).toISOString().replace('.000', '')
  const command = `auditferry backfill --source ${id} --from ${text(from)} --to ${text(to)}`
  throw new UsageError(`another backfill of ${id} is not at its end yet; finish it first: ${command}`)
}
