/**
 * Sends events again to one sink: finds them in the spool, else in archives, else at the source, and queues them beside
 * the log for its lane. A replay goes in slices of a few seconds each, so that memory is bounded and the caller sees it
 * advance. What is queued is durable; a replay that broke off is simply requested again.
 */
import type { Config, SinkConfig, SourceConfig } from '../config/config.ts'
import { OperationError, UsageError } from '../errors.ts'
import type { Store } from '../spool/store.ts'
import { offered } from '../unknown-id.ts'
import { type KeptArchive, readArchives } from './archives.ts'
import { createCollector } from './collect.ts'
import type { SourceReading } from './from-source.ts'
import { takeStep } from './phases.ts'
import type { ReplayCursor, ReplayRequest, ReplaySlice } from './request.ts'
import { enabledSink } from './takers.ts'

interface ReplayParts {
  readonly config: Pick<Config, 'sources' | 'sinks'>
  readonly store: Store
  readonly now: () => number
  /** Whether something delivers meanwhile: then a full queue is waited for instead of refused. */
  readonly drains: boolean
  readonly signal: AbortSignal
  open(source: SourceConfig): Promise<SourceReading & { close(): Promise<void> }>
  /** The archives that keep all events of a source. */
  archives(source: string): readonly KeptArchive[]
}

/** What one slice may take. */
const SLICE_MS = 2_000
const SLICE_EVENTS = 5_000
/** At most this many rows are queued ahead of a sink. */
const WAITING_MOST = 100_000

/** Throws UsageError for an unknown sink or source, OperationError when it can't go on. */
export async function replaySlice(it: ReplayParts, request: ReplayRequest): Promise<ReplaySlice> {
  const sink = enabledSink(it.config.sinks, request.sink)
  const sources = sourcesOf(sink, request.source)
  if (request.cursor !== undefined && !sources.includes(request.cursor.source)) {
    throw new UsageError(`cursor: ${sink.id} has no source ${request.cursor.source}; begin without a cursor`)
  }
  const cursor = request.cursor ?? (await firstCursor(it, request, sources[0] as string))
  const nothing = { queued: 0, filtered: 0, failed: 0, found: [], unreadable: 0, gaps: 0, notFound: 0 }
  const at = { source: cursor.source, phase: cursor.phase }
  if ((await it.store.countDeadLetters(sink.id, 'replay')) >= WAITING_MOST) {
    if (it.drains) return { ...at, ...nothing, waits: true, next: cursor }
    throw new OperationError(
      `${WAITING_MOST} events wait for ${sink.id} already: let \`run\` or \`run --once\` deliver them, then ask for the rest`,
    )
  }

  const startedAt = it.now()
  const collector = createCollector(sink, request, cursor.to, it.store, it.now)
  const { counts } = collector
  const isFull = () =>
    counts.queued + counts.filtered >= SLICE_EVENTS || counts.found.length === request.uids?.length
  const mayGoOn = () => it.now() - startedAt < SLICE_MS && !isFull()
  const archives = it.archives(cursor.source)
  const reading = readArchives(archives, cursor.source, it.signal)
  const source = it.config.sources[cursor.source] as SourceConfig
  const step = { ...it, source, request, collector, archives, reading, mayGoOn }
  const { next, ...read } = request.from < cursor.to ? await takeStep(step, cursor) : { next: undefined }
  await collector.flush()
  const following = sources[sources.indexOf(cursor.source) + 1]
  const after = next ?? (following === undefined ? undefined : await firstCursor(it, request, following))
  const unread = reading.unread.size > 0 && { unread: Object.fromEntries(reading.unread) }
  return { ...nothing, ...at, ...counts, ...read, ...unread, waits: false, ...(after && { next: after }) }
}

/**
 * What has not been read yet can't be sent again, so the range ends at the checkpoint. While our clock is behind the
 * source's, so is the checkpoint: then named events above it may have been read.
 */
async function firstCursor(
  { store }: ReplayParts,
  { to, uids }: ReplayRequest,
  source: string,
): Promise<ReplayCursor> {
  const { checkpoint = 0, newest = 0 } = (await store.loadSource(source)) ?? {}
  const { start } = await store.bounds(source)
  const phase = uids === undefined ? 'count' : 'spool'
  const read = uids === undefined ? checkpoint : Math.max(checkpoint, newest + 1)
  return { source, to: Math.min(to, read), phase, at: start }
}

function sourcesOf(sink: SinkConfig, wanted: string | undefined): readonly string[] {
  if (wanted === undefined) return sink.sources
  if (sink.sources.includes(wanted)) return [wanted]
  throw new UsageError(`no source ${wanted} of the sink ${sink.id}; there ${offered(wanted, sink.sources)}`)
}
