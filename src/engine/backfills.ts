/** Backfills of a running engine: begun by the process that holds the source, walked in the turns of its polls. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { OperationError } from '../errors.ts'
import { type BackfillStatus, backfillStatus } from '../ops/backfill-status.ts'
import { takersOf } from '../replay/takers.ts'
import { CLOCKS_DIFFER_MS } from '../schedule/schedule.ts'
import { isUnderWay } from '../spool/backfill-state.ts'
import type { Published, Store } from '../spool/store.ts'
import { cancelBackfill } from './backfill-cancel.ts'
import { refuseOther } from './backfill-desk.ts'
import type { BackfillOrder } from './engine-api.ts'
import { unitOf } from './named-component.ts'
import type { SourceUnit } from './source-unit.ts'

export interface Backfills {
  /** Throws UsageError for an unknown source, and while another range is under way. */
  begin(order: BackfillOrder): Promise<SourceUnit>
  /** Walks it here, or watches another process walk it, to its end. Answers what prevents that. */
  finish(unit: SourceUnit, order: BackfillOrder): Promise<string | undefined>
  /** Answers whether one was under way. Throws UsageError for an unknown source. */
  cancel(source: string): Promise<boolean>
  status(): Promise<BackfillStatus[]>
}

/** Lets it begin, and records that in the trail. */
export type RecordBegin = <Result>(begin: () => Promise<Result>) => Promise<Result>

interface BackfillsParts {
  readonly sources: readonly SourceUnit[]
  readonly sinks: Config['sinks']
  readonly store: Store
  readonly signal: AbortSignal
  readonly now: () => number
  /** Turns until there is nothing to do; answers why not, if that would take long. */
  pollToEnd(unit: SourceUnit): Promise<string | undefined>
}

const LOOK_EVERY_MS = 250
/** By then a poll in another process has ended. */
const CLAIM_WITHIN_MS = 60_000

export function createBackfills(it: BackfillsParts): Backfills {
  const { sources, store, signal, now, pollToEnd } = it
  const stored = async (id: string) => (await store.loadSource(id))?.backfill
  const isHeldElsewhere = async ({ loop }: SourceUnit) => (await loop.claimed(async () => true)) === undefined

  return {
    async begin({ source, dryRun, ...range }) {
      const unit = unitOf(sources, source)
      if (range.sinks !== undefined) takersOf(it.sinks, source, range.sinks)
      if (dryRun) {
        unit.backfills.beginDry(range, signal)
        return unit
      }
      const until = performance.now() + CLAIM_WITHIN_MS
      for (;;) {
        const begun = await unit.loop.claimed(async () => {
          await unit.backfills.begin(range)
          return true
        })
        if (begun) return unit
        const walked = await stored(source)
        if (isUnderWay(walked)) {
          refuseOther(source, walked, range)
          return unit
        }
        if (performance.now() > until) throw new OperationError(`another process holds the source ${source}`)
        await sleep(LOOK_EVERY_MS, undefined, { signal })
      }
    },

    async finish(unit, { source, dryRun }) {
      while (dryRun && unit.backfills.isCounting()) await sleep(LOOK_EVERY_MS, undefined, { signal })
      while (!dryRun && isUnderWay(await stored(source))) {
        const undone = (await isHeldElsewhere(unit)) ? undefined : await pollToEnd(unit)
        if (undone !== undefined || signal.aborted) return undone
        await sleep(LOOK_EVERY_MS)
      }
      return undefined
    },

    async cancel(source) {
      const { loop, backfills } = unitOf(sources, source)
      const wasCounting = backfills.isCounting()
      backfills.cancelCounting()
      const end = () => backfills.cancel().then(() => true as const)
      return (await cancelBackfill(store, source, () => loop.claimed(end))) || wasCounting
    },

    async status() {
      const all = sources.map(async ({ config: { id }, backfills }) => {
        const walked = await stored(id)
        const waitsFor = backfills.waitsFor() || waitsElsewhere(await store.published(`source ${id}`), now())
        return [
          ...(walked === undefined ? [] : [backfillStatus(id, walked, { waitsFor })]),
          ...backfills.counted(),
        ]
      })
      return (await Promise.all(all)).flat()
    },
  }
}

/** A process that is at it reports every few seconds; one that died said its last word. */
function waitsElsewhere(published: Published | undefined, now: number): string {
  const { waitsFor = '', toldAt = now } = published ?? {}
  return now - toldAt < CLOCKS_DIFFER_MS ? waitsFor : ''
}
