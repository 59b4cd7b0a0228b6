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
import { fillHole } from './fill-hole.ts'
import { downArchives, HOLES_MOST, type Hole } from './from-archives.ts'
import type { SourceReading, SourceWalk } from './from-source.ts'
import { isAround, spooledAround, throughSpool } from './from-spool.ts'
import type { ReplayCursor, ReplayRequest, ReplaySlice } from './request.ts'
import { openShortfall } from './shortfall.ts'
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
  const { counts, add, flush, wants } = createCollector(sink, request, cursor.to, it.store, it.now)
  const isFull = () =>
    counts.queued + counts.filtered >= SLICE_EVENTS || counts.found.length === request.uids?.length
  const mayGoOn = () => it.now() - startedAt < SLICE_MS && !isFull()
  const visit = (uid: string, line: Uint8Array) => add(cursor.source, uid, line)
  const { source, to } = cursor
  const { from } = request
  const archives = it.archives(source)
  const reading = readArchives(archives, source, it.signal)
  const fromSource: ReplayCursor = { source, to, phase: 'source', at: to }
  const behindSpool: ReplayCursor = archives.length === 0 ? fromSource : { ...fromSource, phase: 'archive' }

  /** The phase's own part, and the cursor that follows it. */
  const step = (): Promise<Step> | Step => {
    if (from >= to) return { next: undefined }
    if (cursor.phase === 'count') return countSpool()
    if (cursor.phase === 'spool') return readSpool()
    if (cursor.phase === 'source') return readSource()
    return request.uids === undefined ? goDownArchives() : findInArchives(request.uids)
  }

  const countSpool = async (): Promise<Step> => {
    const { start = cursor.at, found = 0 } = cursor
    const matches = (_: string, timestamp: number) => isAround(from, to, timestamp)
    const { count, at, trimmed } = await throughSpool(it.store, source, cursor.at, { matches, mayGoOn })
    if (at !== undefined) return { next: { ...cursor, at, start, found: found + count } }
    const all = await spooledAround(it.store, source, from, to)
    // What the ledger does not know, or has forgotten, only the source can show.
    const isWhole = !trimmed && all > 0 && found + count >= all
    return { next: isWhole ? { source, to, phase: 'spool', at: start } : behindSpool }
  }

  const readSpool = async (): Promise<Step> => {
    const walk = { matches: wants, visit, mayGoOn }
    const { at, trimmed } = await throughSpool(it.store, source, cursor.at, walk)
    if (at !== undefined) return { next: { ...cursor, at } }
    const isWhole = request.uids === undefined ? !trimmed : request.uids.length === counts.found.length
    return { next: isWhole ? undefined : behindSpool }
  }

  const goDownArchives = async (): Promise<Step> => {
    const walk = { store: it.store, source, from, before: cursor.at, holes: cursor.holes ?? [], archives }
    const { holes, at } = await downArchives(reading, { ...walk, matches: wants, visit, mayGoOn })
    const [first] = holes
    if (at !== undefined && holes.length < HOLES_MOST) {
      return { next: { source, to, phase: 'archive', at, holes }, position: at }
    }
    const next = first && { ...fromSource, at: first[1], holes, ...(at !== undefined && { below: at }) }
    return { next, position: at ?? from }
  }

  const findInArchives = async (uids: readonly string[]): Promise<Step> => {
    const { after = '' } = cursor
    for (const uid of [...uids].sort().filter((it) => it > after)) {
      const found = await reading.find(uid)
      if (found !== undefined && wants(uid, found.timestamp)) await visit(uid, found.line)
      if (!mayGoOn()) return { next: { ...cursor, after: uid } }
    }
    return { next: fromSource }
  }

  const readSource = async (): Promise<Step> => {
    const opened = await it.open(it.config.sources[source] as SourceConfig)
    const [hole = [from, to] as const, ...others] = cursor.holes ?? []
    const whole = request.uids === undefined ? wholeMinutes(hole, cursor, opened.now()) : undefined
    const [end, before] = whole ?? [hole[0], cursor.at]
    const shortfall =
      whole && (await openShortfall(it.store, source, { from: end, before, ...partlyOf(cursor) }))
    try {
      const isWithin = (timestamp: number) => end <= timestamp && timestamp < before
      const walk: SourceWalk = {
        ...{ from: end, before, goesOn: cursor.at < to || cursor.partly !== undefined, mayGoOn },
        matches: (uid, timestamp) => isWithin(timestamp) && (whole !== undefined || wants(uid, timestamp)),
        async visit(uid, line, timestamp) {
          await shortfall?.found(uid, timestamp)
          if (wants(uid, timestamp)) await visit(uid, line)
        },
      }
      const beside = { reading, archives: cursor.holes === undefined ? [] : archives }
      const { at, ...read } = await fillHole(opened, beside, walk, it.signal)
      const { lacking = 0, partly = 0 } = (await shortfall?.downTo(at ?? end)) ?? {}
      const next = at === undefined ? afterHole(cursor, others) : { ...cursor, at, partly }
      return { next, position: Math.max(hole[0], at ?? end), ...read, notFound: lacking }
    } finally {
      await shortfall?.close()
      await opened.close()
    }
  }

  const { next, ...read } = await step()
  await flush()
  const following = sources[sources.indexOf(source) + 1]
  const after = next ?? (following === undefined ? undefined : await firstCursor(it, request, following))
  const unread = reading.unread.size > 0 && { unread: Object.fromEntries(reading.unread) }
  return { ...nothing, ...at, ...counts, ...read, ...unread, waits: false, ...(after && { next: after }) }
}

interface Step {
  readonly next: ReplayCursor | undefined
  readonly position?: number
  readonly unreadable?: number
  readonly gaps?: number
  readonly notFound?: number
}

const partlyOf = ({ partly }: ReplayCursor) => (partly === undefined ? {} : { partly })

/** A ledger counts by the minute, so the minutes at a range's ends are read whole, as far as they have passed. */
function wholeMinutes([from, top]: Hole, { at, partly }: ReplayCursor, now: number): Hole {
  const end = Math.floor(from / 60) * 60
  if (at < top || partly !== undefined) return [end, at]
  return [end, Math.max(at, Math.min(Math.ceil(at / 60) * 60, Math.floor(now / 1000) + 1))]
}

function afterHole(
  { source, to, below }: ReplayCursor,
  others: NonNullable<ReplayCursor['holes']>,
): ReplayCursor | undefined {
  const [first] = others
  if (first !== undefined) {
    return { source, to, phase: 'source', at: first[1], holes: others, ...(below !== undefined && { below }) }
  }
  return below === undefined ? undefined : { source, to, phase: 'archive', at: below }
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
