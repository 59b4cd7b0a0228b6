/** Takes orders for backfills of one source, and reports their progress. */
import type { Config, SourceConfig } from '../config/config.ts'
import type { Source } from '../connector.ts'
import { UsageError } from '../errors.ts'
import type { BackfillStatus } from '../ops/backfill-status.ts'
import type { Pipeline } from '../pipeline.ts'
import { type PartWalker, walkBackfill } from '../poll/backfill.ts'
import { type BackfillRange, type KnownMinute, knownMinutes, planBackfill } from '../poll/backfill-parts.ts'
import type { Beside } from '../poll/poll-loop.ts'
import { takersOf } from '../replay/takers.ts'
import { createToSinks } from '../replay/to-sinks.ts'
import { type BackfillState, backfillCommand, isUnderWay, readByBackfills } from '../spool/backfill-state.ts'
import { ClaimLost } from '../spool/store.ts'
import { cancelled, isCancelWanted } from './backfill-cancel.ts'
import { createDryRuns } from './backfill-dry-run.ts'
import type { BackfillOrder } from './engine-api.ts'

export interface BackfillDesk extends Beside {
  /** Resumes the one under way, or begins. Throws UsageError while one of another range is under way. */
  begin(range: DeskOrder): Promise<void>
  /** What the walk under way here waits for; empty if nothing. */
  waitsFor(): string
  /** Counts a range in the background and stores nothing. */
  beginDry(range: DeskOrder, signal: AbortSignal): void
  isCounting(): boolean
  /** Ends the one under way; the caller holds the right to write the source's state. */
  cancel(): Promise<void>
  /** Ends a dry run. */
  cancelCounting(): void
  /** The last dry run of this process. */
  counted(): BackfillStatus[]
}

/** `sinks`: only these get it. */
type DeskOrder = BackfillRange & Pick<BackfillOrder, 'sinks'>

interface DeskParts extends PartWalker {
  readonly sinks: Config['sinks']
  readonly config: SourceConfig
  readonly source: Source
  readonly pipeline: Pipeline
  /** How long a backfill for some sinks waits for one that takes nothing. */
  readonly patienceMs: number
}

/** How soon a walk hears that another process wants its end. */
const LISTEN_EVERY_MS = 1_000

export function createBackfillDesk(it: DeskParts): BackfillDesk {
  const { config, source, pipeline, book, store, now } = it
  const spoolPage = pipeline.spooler(config, source, { kind: 'backfill' })
  const dryRuns = createDryRuns(it)
  let walking = new AbortController()
  let waitsFor = ''
  const showWait = (what: string) => {
    waitsFor = what
  }

  const cancel = async () => {
    walking.abort()
    if (isUnderWay(book.state().backfill)) await book.change((state) => cancelled(state, now()))
  }

  const plan = (range: DeskOrder, known: readonly KnownMinute[] = []): BackfillState => {
    const planned = planBackfill(range, now(), known)
    if (range.sinks === undefined) return planned
    const takers = takersOf(it.sinks, config.id, range.sinks)
    const none = { queued: 0, filtered: 0, failed: 0 }
    return { ...planned, sinks: Object.fromEntries(takers.map((sink) => [sink.id, none])) }
  }

  const listen = () => {
    const look = async () => {
      const { backfill } = book.state()
      if (isUnderWay(backfill) && (await isCancelWanted(store, config.id, backfill))) await cancel()
    }
    // A look that fails is repeated anyway.
    return setInterval(() => void look().catch(() => undefined), LISTEN_EVERY_MS)
  }

  const toSinks = ({ sinks }: BackfillState) => {
    if (sinks === undefined) return undefined
    const takers = takersOf(it.sinks, config.id, Object.keys(sinks))
    const wake = () => pipeline.wakeForLetters(config.id)
    return createToSinks({ source: config.id, store, sinks: takers, now, patienceMs: it.patienceMs, wake })
  }

  /** Sinks and lanes are waited for between two pages, so that polls go on meanwhile. */
  const walk = (backfill: BackfillState, signal: AbortSignal) => {
    const some = toSinks(backfill)
    if (some === undefined) {
      const allowance = (ending: AbortSignal) => pipeline.pace(config.id, ending, showWait)
      return walkBackfill({ ...it, allowance }, spoolPage, signal)
    }
    const divertPage = pipeline.spooler(config, source, { kind: 'diverted', divert: some.divert })
    // Nothing goes into the log, so what waits there does not hold this walk back.
    const allowance = async (ending: AbortSignal) => {
      await some.room(ending, showWait)
      return Number.POSITIVE_INFINITY
    }
    return walkBackfill({ ...it, allowance }, divertPage, signal)
  }

  return {
    waitsFor: () => waitsFor || book.asker.budget.patientWaitsFor(),
    isWaiting: () => isUnderWay(book.state().backfill),
    async run(signal) {
      walking = new AbortController()
      const cancelling = walking.signal
      const listening = listen()
      try {
        const { backfill } = book.state()
        if (isUnderWay(backfill)) await walk(backfill, AbortSignal.any([signal, cancelling]))
      } catch (error) {
        if (!cancelling.aborted || error instanceof ClaimLost) throw error
      } finally {
        clearInterval(listening)
      }
    },
    cancel,
    async begin(range) {
      const { backfill } = book.state()
      if (!isUnderWay(backfill)) {
        const planned = plan(range, await knownMinutes(store, config.id, range))
        return book.change((state) => ({ ...state, read: readByBackfills(state), backfill: planned }))
      }
      refuseOther(config.id, backfill, range)
      // How many parts there are was settled when it began; how many are walked at a time may change.
      await book.change((state) => ({
        ...state,
        backfill: { ...backfill, ...state.backfill, parallel: range.parallel },
      }))
    },
    beginDry(range, signal) {
      const underWay = dryRuns.underWay()
      if (underWay !== undefined) return refuseOther(config.id, underWay, range)
      const planned = plan(range)
      dryRuns.begin(planned, toSinks(planned), signal)
    },
    isCounting: () => dryRuns.underWay() !== undefined,
    cancelCounting: dryRuns.cancel,
    counted: dryRuns.status,
  }
}

/** Throws UsageError unless the one under way is of the same range, for the same sinks. */
export function refuseOther(
  id: string,
  { from, to, sinks = {} }: BackfillState,
  range: Pick<DeskOrder, 'from' | 'to' | 'sinks'>,
): void {
  const named = Object.keys(sinks).sort()
  const isSame = named.join() === [...new Set(range.sinks)].sort().join()
  if (from === range.from && to === range.to && isSame) return
  throw new UsageError(
    `another backfill of ${id} is not at its end yet; finish it first, or end it with --cancel: ${backfillCommand(id, { from, to }, named)}`,
  )
}
