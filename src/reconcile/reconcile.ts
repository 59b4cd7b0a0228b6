/** Reads a range of the source again and names every difference between it, the ledgers, and what lies at the sinks. */
import type { Config, SinkConfig } from '../config/config.ts'
import { messageOf, OperationError, SourceError } from '../errors.ts'
import { lineFormat } from '../formats/formats.ts'
import { canReadBack } from '../formats/read-back.ts'
import { counted } from '../lib/counted.ts'
import { silentLogger } from '../lib/logger.ts'
import type { Patience } from '../poll/try-again.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import { wantedFrom } from './asked-for.ts'
import { createExpect } from './expectation.ts'
import type { OnProgress } from './progress.ts'
import type { ReadableSink } from './read-sinks.ts'
import type { ReconciledSource } from './reconciled-source.ts'
import { repair } from './repair.ts'
import { type ResendParts, repairSinks } from './repair-sinks.ts'
import type { ReconcileQuery, Reconciliation, SentAgain, SinkReconciliation } from './result.ts'
import { type Examination, examineSlice, type Slice } from './slice.ts'
import { slicesOf } from './slices.ts'
import { summarise } from './summarise.ts'

export interface ReconcileParts extends Omit<ResendParts, 'store'> {
  readonly config: Config
  readonly store: Store
  readonly unit: ReconciledSource
  readonly now: () => number
  readonly version: string
  readonly onProgress?: OnProgress | undefined
}

/** Throws OperationError when the source or a sink can't be read. */
export async function reconcile(
  it: ReconcileParts,
  query: ReconcileQuery,
  signal: AbortSignal,
): Promise<Reconciliation> {
  const taking = Object.values(it.config.sinks).filter(({ sources }) => sources.includes(query.source))
  const sinks = taking.filter(({ enabled }) => enabled).map((sink) => openSink(it, sink))
  const disabled = taking.filter(({ enabled }) => !enabled).map(({ id }) => id)
  try {
    const first = await examine(it, sinks, query, 0, signal)
    if (!query.repair) return withNotes(first.result, disabled)
    const onWait: NonNullable<Patience['onWait']> = ({ message: reason }, ms) =>
      it.onProgress?.(0, query.from, 1 / 2, { reason, until: it.now() + ms })
    const repaired = await repair(it, first.slices, onWait, signal)
    const sent = await repairSinks(it, query.source, first.slices, signal)
    const { result } = await examine(it, sinks, query, 1, signal)
    const all = {
      ...repaired,
      holes: first.result.holes,
      ...(Object.keys(sent).length > 0 && { sinks: sent }),
    }
    return withNotes({ ...result, sinks: withSent(result.sinks, sent), repaired: all }, disabled)
  } catch (error) {
    if (signal.aborted) throw new OperationError(`interrupted: ${messageOf(signal.reason)}`)
    throw error instanceof SourceError
      ? new OperationError(`source ${query.source}: ${messageOf(error)}`)
      : error
  } finally {
    await Promise.allSettled(sinks.map(({ sink }) => sink.close()))
  }
}

async function examine(
  it: ReconcileParts,
  sinks: readonly ReadableSink[],
  query: ReconcileQuery,
  pass: 0 | 1,
  signal: AbortSignal,
): Promise<{ result: Reconciliation; slices: readonly Slice[] }> {
  const { store } = it
  const state = await store.loadSource(query.source)
  if (state?.checkpoint === undefined) {
    throw new OperationError(
      `the source ${query.source} was never read to its end: there is nothing to compare yet`,
    )
  }
  const slices: Slice[] = []
  const bounds = await boundsOf(it, state, query)
  const passes = query.repair ? 2 : 1
  const onProgress: Examination['onProgress'] = (events, position, wait) => {
    const done = (bounds.to * 60 - position) / ((bounds.to - bounds.from) * 60)
    it.onProgress?.(events, position, (pass + done) / passes, wait)
  }
  const examination = { ...it, state, sinks, query, onProgress }
  for (const minutes of await slicesOf(store, query.source, bounds)) {
    signal.throwIfAborted()
    slices.push(await examineSlice(examination, minutes, signal))
  }
  return { result: await summarise(examination, slices), slices }
}

/** Nothing happens in the future, and nothing before the start was wanted, unless it was brought; also if that is forgotten. */
async function boundsOf({ store, now }: ReconcileParts, state: SourceState, query: ReconcileQuery) {
  const oldest = (await store.ledger(query.source, 0, Math.floor((state.start ?? 0) / 60)))[0]?.minute
  const first = Math.min(Math.floor(wantedFrom(state) / 60), oldest ?? Number.POSITIVE_INFINITY)
  const last = Math.ceil(Math.max(now() / 1000, state.checkpoint ?? 0, state.newest ?? 0) / 60) + 1
  return { from: Math.max(Math.floor(query.from / 60), first), to: Math.min(Math.ceil(query.to / 60), last) }
}

function openSink({ now, version }: ReconcileParts, config: SinkConfig): ReadableSink {
  const { id, definition, options, connection } = config
  const format = lineFormat(config.format, config.formatOptions)
  const context = { id, logger: silentLogger, connection, now, version, format }
  const sink = definition.create(options, context)
  const isReadable = sink.readBack !== undefined && canReadBack(config.format)
  return { config, sink, expect: isReadable ? createExpect(config) : undefined }
}

function withNotes(result: Reconciliation, disabled: readonly string[]): Reconciliation {
  const notes = disabled.map((id) => `the sink ${id} is disabled: nothing is said of it`)
  return { ...result, notes: [...result.notes, ...notes] }
}

function withSent(
  sinks: Reconciliation['sinks'],
  sent: Readonly<Record<string, SentAgain>>,
): Record<string, SinkReconciliation> {
  return Object.fromEntries(
    Object.entries(sinks).map(([id, sink]) => {
      const { waiting = 0, refused = 0, missing = [] } = sent[id] ?? {}
      const asked = new Set(missing.map(({ uid }) => uid))
      const lacking = sink.found?.missing.filter(({ uid }) => asked.has(uid)).length ?? 0
      const left = lacking - waiting - refused
      const notes = [...sink.notes]
      if (waiting > 0) notes.push(`${counted(waiting, 'missing event', ['waits', 'wait'])} to be sent again`)
      if (refused > 0) {
        notes.push(
          `${counted(refused, 'missing event', ['was', 'were'])} refused again: see \`dead-letters list\``,
        )
      }
      if (left > 0) {
        notes.push(
          `${counted(left, 'missing event', ['was', 'were'])} sent again and can't be found there: a rule of the sink leaves out such events now, or something else stands under the name that they are written to`,
        )
      }
      return [id, { ...sink, notes }]
    }),
  )
}
