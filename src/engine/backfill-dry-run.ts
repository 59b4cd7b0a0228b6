/** Counts what a backfill would bring, in the background: nothing is stored, and only this process knows of it. */
import type { SourceConfig } from '../config/config.ts'
import type { Source } from '../connector.ts'
import { messageOf } from '../errors.ts'
import { createNormaliser } from '../normalise/normalise.ts'
import { normalisePage } from '../normalise/page.ts'
import { type BackfillStatus, backfillStatus } from '../ops/backfill-status.ts'
import type { Pipeline } from '../pipeline.ts'
import { type PartWalker, walkDry } from '../poll/backfill.ts'
import type { Page } from '../poll/pages.ts'
import type { ToSinks } from '../replay/to-sinks.ts'
import { type BackfillState, isUnderWay } from '../spool/backfill-state.ts'

interface DryRuns {
  /** The one under way; undefined if there is none. */
  underWay(): BackfillState | undefined
  /** `toSinks`: counts what these sinks lack, instead of what the ledger does not know. */
  begin(planned: BackfillState, toSinks: ToSinks | undefined, signal: AbortSignal): void
  cancel(): void
  /** The last one of this process. */
  status(): BackfillStatus[]
}

interface DryRunParts extends PartWalker {
  readonly config: SourceConfig
  readonly source: Source
  readonly pipeline: Pipeline
}

interface DryRun {
  readonly ending: AbortController
  state: BackfillState
  failure: string
}

export function createDryRuns(it: DryRunParts): DryRuns {
  const { config, source, book, now } = it
  const countNew = it.pipeline.counter(config, source)
  const normalise = createNormaliser({ source: config.id, organization: source.organization })
  let last: DryRun | undefined

  const countLacking = (toSinks: ToSinks, page: Page, state: BackfillState) =>
    toSinks.count(normalisePage(page.records, normalise, now()), book.state(), state)

  const walk = async (run: DryRun, toSinks: ToSinks | undefined, signal: AbortSignal) => {
    const count = async (page: Page, at: number) => {
      const { events, fresh, unclear } = await countNew(page, run.state)
      const countLacked = toSinks && (await countLacking(toSinks, page, run.state))
      // Other parts may have counted a page meanwhile.
      const before = run.state
      const { parts, polled, gaps, unreadable } = before
      const counted = countLacked?.(before) ?? {
        ...before,
        spooled: before.spooled + fresh,
        unclear: before.unclear + unclear,
      }
      run.state = {
        ...counted,
        parts: parts.map((part, of) => (of === at ? { ...part, position: page.position } : part)),
        polled: polled + events,
        gaps: gaps + page.gaps.length,
        unreadable: unreadable + page.unreadable.length,
      }
    }
    try {
      await walkDry(it, run.state, count, AbortSignal.any([signal, run.ending.signal]))
    } catch (error) {
      if (!run.ending.signal.aborted) run.failure = messageOf(error)
    }
    const { aborted } = run.ending.signal
    run.state = { ...run.state, endedAt: now(), ...(aborted ? { cancelled: true } : {}) }
  }

  return {
    underWay: () => (isUnderWay(last?.state) ? last?.state : undefined),
    begin(planned, toSinks, signal) {
      last = { state: planned, failure: '', ending: new AbortController() }
      void walk(last, toSinks, signal)
    },
    cancel: () => last?.ending.abort(),
    status() {
      if (last === undefined) return []
      const waitsFor = book.asker.budget.patientWaitsFor()
      return [backfillStatus(config.id, last.state, { dryRun: true, failure: last.failure, waitsFor })]
    },
  }
}
