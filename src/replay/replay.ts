/**
 * Sends events again to one sink: finds them in the spool, or else at the source, and queues them beside its log, where
 * its lane takes them from. A replay goes in slices that are answered within seconds, so that memory is bounded and
 * whoever asked sees it advance. What is queued is durable; a replay that was broken off is simply asked for again.
 */
import type { Config, SinkConfig, SourceConfig } from '../config/config.ts'
import { OperationError, UsageError } from '../errors.ts'
import type { Store } from '../spool/store.ts'
import { createCollector } from './collect.ts'
import { downSource, type SourceReading } from './from-source.ts'
import { isAround, spooledAround, throughSpool } from './from-spool.ts'
import type { ReplayCursor, ReplayRequest, ReplaySlice } from './request.ts'
import { enabledSink, offer } from './takers.ts'

export interface ReplayParts {
  readonly config: Pick<Config, 'sources' | 'sinks'>
  readonly store: Store
  readonly now: () => number
  /** Somebody delivers meanwhile: too many that wait are waited for, not refused. */
  readonly drains: boolean
  readonly signal: AbortSignal
  open(source: SourceConfig): Promise<SourceReading & { close(): Promise<void> }>
}

/** What one slice may take. */
const SLICE_MS = 2_000
const SLICE_EVENTS = 5_000
/** More rows than this are not queued ahead of a sink. */
const WAITING_MOST = 100_000

/** Throws UsageError for a sink or source that is not there, OperationError when it can't go on. */
export async function replaySlice(it: ReplayParts, request: ReplayRequest): Promise<ReplaySlice> {
  const sink = enabledSink(it.config.sinks, request.sink)
  const sources = sourcesOf(sink, request.source)
  const cursor = request.cursor ?? (await firstCursor(it, request, sources[0] as string))
  const nothing = { queued: 0, filtered: 0, failed: 0, found: [], unreadable: 0, gaps: 0 }
  const at = { source: cursor.source, phase: cursor.phase }
  if ((await it.store.countDeadLetters(sink.id, 'replay')) >= WAITING_MOST) {
    if (it.drains) return { ...at, ...nothing, waits: true, next: cursor }
    throw new OperationError(
      `${WAITING_MOST} events wait for ${sink.id} already: let \`run\` or \`run --once\` deliver them, then ask for the rest`,
    )
  }

  const startedAt = it.now()
  const { counts, add, flush, wants } = createCollector(sink, request, cursor.to, it.store, it.now)
  const isFull = () =>
    counts.queued + counts.filtered >= SLICE_EVENTS || counts.found.length === request.uids?.length
  const mayGoOn = () => it.now() - startedAt < SLICE_MS && !isFull()
  const visit = (uid: string, line: Uint8Array) => add(cursor.source, uid, line)
  const range = { from: request.from, to: cursor.to }

  /** The phase's own part, and the cursor that follows it. */
  const step = async (): Promise<{ next: ReplayCursor | undefined; unreadable?: number; gaps?: number }> => {
    const fromSource: ReplayCursor = { source: cursor.source, to: cursor.to, phase: 'source', at: cursor.to }
    if (range.from >= range.to) return { next: undefined }
    if (cursor.phase === 'source') return readSource()
    if (cursor.phase === 'spool') {
      const { at, trimmed } = await throughSpool(it.store, cursor.source, cursor.at, {
        matches: wants,
        visit,
        mayGoOn,
      })
      if (at !== undefined) return { next: { ...cursor, at } }
      const isWhole = request.uids === undefined ? !trimmed : request.uids.length === counts.found.length
      return { next: isWhole ? undefined : fromSource }
    }
    return { next: await countSpool(fromSource) }
  }

  const countSpool = async (fromSource: ReplayCursor): Promise<ReplayCursor> => {
    const { start = cursor.at, found = 0 } = cursor
    const matches = (_: string, timestamp: number) => isAround(range.from, range.to, timestamp)
    const { count, at, trimmed } = await throughSpool(it.store, cursor.source, cursor.at, {
      matches,
      mayGoOn,
    })
    if (at !== undefined) return { ...cursor, at, start, found: found + count }
    const all = await spooledAround(it.store, cursor.source, range.from, range.to)
    // Of what the ledger does not know (any more) only the source can tell.
    return !trimmed && all > 0 && found + count >= all
      ? { ...fromSource, phase: 'spool', at: start }
      : fromSource
  }

  const readSource = async () => {
    const reading = await it.open(it.config.sources[cursor.source] as SourceConfig)
    try {
      const goesOn = cursor.at < cursor.to
      const walk = { from: range.from, before: cursor.at, goesOn, matches: wants, visit, mayGoOn }
      const { at, unreadable, gaps } = await downSource(reading, walk, it.signal)
      return { next: at === undefined ? undefined : { ...cursor, at }, unreadable, gaps }
    } finally {
      await reading.close()
    }
  }

  const { next, ...read } = await step()
  await flush()
  const following = sources[sources.indexOf(cursor.source) + 1]
  const after = next ?? (following === undefined ? undefined : await firstCursor(it, request, following))
  const position = cursor.phase === 'source' ? { position: next?.at ?? range.from } : {}
  return { ...nothing, ...at, ...counts, ...read, ...position, waits: false, ...(after && { next: after }) }
}

/** Of what was not read yet nothing can be sent again: the range ends at the checkpoint. */
async function firstCursor(
  { store }: ReplayParts,
  { to, uids }: ReplayRequest,
  source: string,
): Promise<ReplayCursor> {
  const { checkpoint } = (await store.loadSource(source)) ?? {}
  const { start } = await store.bounds(source)
  const phase = uids === undefined ? 'count' : 'spool'
  return { source, to: Math.min(to, checkpoint ?? 0), phase, at: start }
}

function sourcesOf(sink: SinkConfig, wanted: string | undefined): readonly string[] {
  if (wanted === undefined) return sink.sources
  if (sink.sources.includes(wanted)) return [wanted]
  throw new UsageError(`no source ${wanted} of the sink ${sink.id}; there ${offer(wanted, sink.sources)}`)
}
