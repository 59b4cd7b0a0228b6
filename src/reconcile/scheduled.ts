/**
 * A source's scheduled reconciliation: of the day before, now and then, with an alert when it is not complete. Days that
 * passed without one, because engine or source were down, are made up for.
 */
import type { Config } from '../config/config.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Metrics } from '../ops/metrics.ts'
import { CLOCKS_DIFFER_MS } from '../schedule/schedule.ts'
import type { Store } from '../spool/store.ts'
import type { ReconcileQuery, Reconciliation } from './result.ts'

interface ScheduledParts {
  readonly store: Pick<Store, 'publish' | 'published' | 'loadSource' | 'keep' | 'kept'>
  readonly metrics: Metrics
  readonly logger: Logger
  readonly now: () => number
  /** Component id. */
  readonly source: string
  readonly everyMs: number
  reconcile(query: ReconcileQuery): Promise<Reconciliation>
}

const DAY_S = 86_400
/** The first walk may take long; a source that is down is asked again. */
const NOT_YET_MS = 60_000
/** How long others wait for a process that was at it and says nothing any more: it was stopped, or died. */
const SILENT_MS = 3 * NOT_YET_MS
/** How far back days are made up for. */
const KEPT_MS = 31 * DAY_S * 1_000

/** A task for each source that wants it. */
export function scheduledReconciles(
  it: Omit<ScheduledParts, 'source' | 'everyMs' | 'reconcile'> & { readonly config: Pick<Config, 'sources'> },
  reconcile: ScheduledParts['reconcile'],
): ((signal: AbortSignal) => Promise<number>)[] {
  return Object.values(it.config.sources).flatMap(({ id: source, reconcileEveryMs: everyMs }) =>
    everyMs === undefined
      ? []
      : [(signal: AbortSignal) => reconcileDayBefore({ ...it, source, everyMs, reconcile }, signal)],
  )
}

/** One turn; answers the wait until the next. Never throws. */
export async function reconcileDayBefore(it: ScheduledParts, signal: AbortSignal): Promise<number> {
  const { store, logger, now, everyMs } = it
  const id = it.source
  const to = Math.floor(now() / 1000 / DAY_S) * DAY_S
  const name = `reconcile ${id}`
  try {
    // Where several processes share the state, whoever comes first does it, and all tell what it found.
    const published = await store.published(name)
    const wait = (published?.retryAt ?? 0) - now()
    // Later than that it was set by a longer `every`, or by a clock that was ahead.
    if (published !== undefined && wait > 0 && wait <= everyMs + CLOCKS_DIFFER_MS) {
      if (published.holes !== undefined) it.metrics.reconciled(id, published.holes)
      return published.holes === undefined ? Math.min(NOT_YET_MS, wait) : wait
    }
    const { checkpoint = 0 } = (await store.loadSource(id)) ?? {}
    if (checkpoint < to) return NOT_YET_MS
    const retryAt = now() + everyMs
    const reconciledTo = Number((await store.kept(name)) ?? to)
    const publish = () => store.publish(name, { state: 'ok', reason: '', retryAt: now() + SILENT_MS })
    await publish()
    const publishing = setInterval(() => void publish().catch(() => undefined), NOT_YET_MS)
    const query = { source: id, from: Math.min(reconciledTo, to - DAY_S), to, repair: false }
    const result = await it.reconcile(query).finally(() => clearInterval(publishing))
    const holes = judge(it, result)
    await store.keep(name, `${to}`, KEPT_MS)
    await store.publish(name, { state: 'ok', reason: '', retryAt, holes })
    // Counted from its beginning: it would come later each day, and leave one out where that passes midnight.
    return Math.max(0, retryAt - now())
  } catch (error) {
    if (signal.aborted) return 0
    logger.warn('the day before could not be reconciled: it is tried again', {
      source: id,
      reason: messageOf(error),
    })
    await store.publish(name, { state: 'stuck', reason: messageOf(error) }).catch(() => undefined)
    return Math.min(NOT_YET_MS, everyMs)
  }
}

/** Says what was found; answers the number of holes. */
function judge({ metrics, logger }: ScheduledParts, result: Reconciliation): number {
  const { source, from, to } = result
  const holes = holesOf(result)
  const days = Date.parse(to) - Date.parse(from) > DAY_S * 1_000 ? 'the days before are' : 'the day before is'
  metrics.reconciled(source, holes)
  if (result.complete) {
    logger.info(`${days} complete`, { source, from, to })
    return holes
  }
  const sinks = Object.entries(result.sinks).flatMap(([id, { complete }]) => (complete ? [] : [id]))
  logger.error(`${days} not complete`, {
    source,
    from,
    to,
    holes,
    extras: result.extras.reduce((sum, { extra }) => sum + extra, 0),
    gaps: result.gaps.length,
    sinks: sinks.join(', '),
    cure: `npx auditferry reconcile --source ${source} --from ${from} --to ${to} names what is missing; --repair brings it`,
  })
  return holes
}

/** Events that the source shows and the ledger or a sink lacks. */
function holesOf({ holes, sinks }: Reconciliation): number {
  const inLedger = holes.reduce((sum, { missing }) => sum + missing, 0)
  return Object.values(sinks).reduce(
    (sum, { found }) => sum + (found?.missing.length ?? 0) + (found?.unnamed ?? 0),
    inLedger,
  )
}
