/**
 * The story on one page:
 *
 *   poll ─► normalise ─► ledger ─► spool ─► deliver
 *
 * The five stages know the store's contract and nothing of each other; they meet here. A page of records comes
 * from a poll, becomes events, loses those that the ledger knows, and is appended to the source's log together
 * with ledger, checkpoint and quarantine. Then the lanes are woken; each delivers on its own from its cursors,
 * and the log is trimmed behind the slowest of them.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { SinkConfig, SourceConfig } from './config/config.ts'
import type { Source } from './connector.ts'
import type { EntryReader } from './deliver/entries.ts'
import { createLane, type Lane, type LaneParts } from './deliver/lane.ts'
import { createHistoryPace, type HistoryPace } from './history-pace.ts'
import { onlyNew } from './ledger/compare.ts'
import { countWithin, type NewEvents, newOfWholeMinutes } from './ledger/forgotten-minutes.ts'
import { countsKeptFrom, minutesOf } from './ledger/minutes.ts'
import { ByteWriter } from './lib/byte-writer.ts'
import type { Logger } from './lib/logger.ts'
import { createNormaliser } from './normalise/normalise.ts'
import { normalisePage, type UidEvent, writeLine } from './normalise/page.ts'
import type { Metrics } from './ops/metrics.ts'
import { countPage, latenesses, quarantine } from './page-counts.ts'
import { reportPage } from './page-report.ts'
import type { Page } from './poll/pages.ts'
import { oldestToRetrospect } from './poll/retrospection.ts'
import type { SpoolPage } from './poll/source-book.ts'
import { isUnderWay } from './spool/backfill-state.ts'
import { createPacker } from './spool/codec.ts'
import type { LeftLane } from './spool/left-lane.ts'
import { lowWaterOf } from './spool/low-water.ts'
import type { Room } from './spool/room.ts'
import type { SourceState } from './spool/source-state.ts'
import type { LogBounds, Store } from './spool/store.ts'

interface PipelineParts {
  readonly store: Store
  readonly room: Room
  readonly metrics: Metrics
  readonly logger: Logger
  readonly now: () => number
  /** What all lanes read from, if no other process writes to the logs. */
  readonly entries?: Pick<EntryReader, 'keep'>
  /** Each source's log as stored. */
  readonly logs: ReadonlyMap<string, LogBounds>
  /** Ids of sinks. */
  readonly disabled?: readonly string[]
  /** Something waits for the lanes of a source's sinks, including those that another process holds. */
  wakeOthers?(source: string): void
}

export interface Pipeline {
  /** poll → normalise → ledger → spool, for the pages of one source. */
  spooler(config: SourceConfig, source: Source, spooling: Spooling): SpoolPage
  /** Counts the events of [from, to) in a page of whole minutes, and how many of them would be new; stores nothing. */
  counter(
    config: SourceConfig,
    source: Source,
  ): (page: Page, range: { from: number; to: number }) => Promise<PageCount>
  /** spool → deliver, for one sink. */
  lane(parts: Omit<LaneParts, 'logEnd' | 'store' | 'now'>): Lane
  /** How many old events of a source may be spooled now, besides live ones. */
  readonly pace: HistoryPace
  /** The lane no longer delivers in this process. */
  forget(lane: Lane): void
  /** The sink's lane needs its sources' logs, whichever process holds it. */
  keepFor(sink: SinkConfig): void
  log(source: string): LogBounds
  /** Reads a log's bounds again: another process may have written to it. */
  refreshLog(source: string): Promise<void>
  /** Something was queued that is not in the source's log. */
  wakeForLetters(source: string): void
  /** Drops what every lane has settled. Answers, by source, the lanes of removed sinks that it no longer waits for. */
  trim(): Promise<ReadonlyMap<string, readonly LeftLane[]>>
  /** Drops what the ledger no longer needs, for a source that is not in the middle of a walk or a backfill. */
  prune(config: SourceConfig, state: SourceState): Promise<void>
}

/** What is spooled, which decides how its new events are found, and where they go. */
type Spooling =
  /** What the ledger does not know goes into the log. */
  | { readonly kind: 'poll' }
  /** The same for whole minutes of an old range, which the ledger may have forgotten. */
  | { readonly kind: 'backfill' }
  /** Nothing goes into the log: `divert` takes all events. */
  | { readonly kind: 'diverted'; readonly divert: Divert }
  /** What `choose` picks goes into the log, whatever the ledger knows. */
  | { readonly kind: 'repair'; readonly choose: Choose }

/** Keeps the order of the events. */
export type Choose = (events: readonly UidEvent[]) => Promise<UidEvent[]>

/** Answers how the events change the state that is stored with the page. */
type Divert = (events: readonly UidEvent[], state: SourceState) => Promise<Note>

type Note = (after: SourceState) => SourceState

interface PageCount {
  readonly events: number
  readonly fresh: number
  /** Minutes of which the ledger has forgotten too much to tell known events from new ones. */
  readonly unclear: number
}

const DAY_S = 86_400
const NOTHING_NEW: NewEvents<UidEvent> = { fresh: [], ledger: [], unclear: [] }
const asIs: Note = (after) => after
const EMPTY_LOG: LogBounds = { start: 0, end: 0, bytes: 0 }

export function createPipeline(it: PipelineParts): Pipeline {
  const { store, room, now } = it
  const logs = new Map(it.logs)
  const lanes = new Set<Lane>()
  const takers = new Map<string, SinkConfig>()
  const log = (source: string) => logs.get(source) ?? EMPTY_LOG
  const remember = (source: string, bounds: LogBounds) => {
    logs.set(source, bounds)
    room.set(source, bounds.bytes)
  }
  for (const [source, bounds] of logs) remember(source, bounds)
  const refreshLog = async (source: string) => remember(source, await store.bounds(source))

  return {
    log,
    refreshLog,

    counter(config, source) {
      const { id } = config
      const normalise = createNormaliser({ source: id, organization: source.organization })
      return async (page, range) => {
        const events = normalisePage(page.records, normalise, now())
        const { fresh, unclear } = await newOfWholeMinutes(store, id, events, range)
        return { events: countWithin(events, range), fresh: fresh.length, unclear: unclear.length }
      }
    },

    spooler(config, source, spooling) {
      const { id } = config
      const purpose = spooling.kind === 'backfill' ? 'backfill' : 'poll'
      const normalise = createNormaliser({ source: id, organization: source.organization })
      const plain = new ByteWriter()
      const pack = createPacker(plain)
      return async (page, state, next, signal) => {
        await room.wait(signal)
        const events = normalisePage(page.records, normalise, now())
        const { fresh, ledger, unclear, note } = await findNew(spooling, id, events, state)

        const blob = fresh.length === 0 ? undefined : await pack(fresh, writeLine)
        const entry = blob === undefined ? undefined : { base: log(id).end, count: fresh.length, blob }
        const after = note(
          next(countPage(state, page, fresh, log(id), { purpose, ledger, unclear: unclear.length })),
        )
        const append = {
          source: id,
          state: after,
          ledger,
          quarantined: quarantine(page.unreadable, now()),
        }
        const { quarantined } = await store.append(entry === undefined ? append : { ...append, entry })

        const late = purpose === 'backfill' ? [] : latenesses(state, fresh)
        reportPage(it, id, { page, before: state, after, quarantined, late, unclear })
        if (entry === undefined) return after
        if (isWaitedFor(id, entry.base)) it.entries?.keep(id, entry, plain.written())
        await wakeLanes(id)
        return after
      }
    },

    lane(parts) {
      const lane = createLane({ ...parts, store, now, logEnd: (source) => log(source).end })
      lanes.add(lane)
      takers.set(lane.config.id, lane.config)
      return lane
    },
    pace: createHistoryPace({ store, room, now, takers, lanes, logEnd: (source) => log(source).end }),
    forget: (lane) => void lanes.delete(lane),
    keepFor: (sink) => void takers.set(sink.id, sink),

    wakeForLetters(source) {
      for (const lane of lanes) lane.wakeForLetters()
      it.wakeOthers?.(source)
    },

    async trim() {
      const places = await Promise.all([...takers.keys()].map((sink) => store.loadLane(sink)))
      const sinks = [...takers.values()]
      const sources = sinks.map((sink) => new Set(sink.sources))
      const gone = new Map<string, readonly LeftLane[]>()
      for (const [source, bounds] of logs) {
        const taking = sources.flatMap((taken, at) => (taken.has(source) ? [at] : []))
        const settled = Math.min(bounds.end, ...taking.map((at) => lowWaterOf(places[at], source)))
        const ids = taking.flatMap((at) => sinks[at]?.id ?? [])
        gone.set(source, await store.trim(source, settled, ids, it.disabled))
        await refreshLog(source)
        // Hundreds of sources with hundreds of sinks each take seconds, so other work gets a turn in between.
        await turn()
      }
      return gone
    },

    async prune({ id, overlapMs, retrospectMs }, state) {
      if (state.checkpoint === undefined || state.walk !== undefined) return
      if (isUnderWay(state.backfill)) return
      const horizonS = Math.max(overlapMs, ...retrospectMs) / 1000 + DAY_S
      const readAgain = Math.min(state.checkpoint - horizonS, oldestToRetrospect(state, retrospectMs))
      const uidsBefore = Math.floor(readAgain / 60)
      // After an outage of years, windows that are still to be read may be older than the oldest counts kept.
      await store.pruneLedger(id, uidsBefore, Math.min(uidsBefore, countsKeptFrom(state.checkpoint)))
    },
  }

  async function findNew(
    spooling: Spooling,
    source: string,
    events: readonly UidEvent[],
    state: SourceState,
  ): Promise<NewEvents<UidEvent> & { note: Note }> {
    if (spooling.kind === 'diverted') return { ...NOTHING_NEW, note: await spooling.divert(events, state) }
    if (spooling.kind === 'backfill' && state.backfill !== undefined) {
      return { ...(await newOfWholeMinutes(store, source, events, state.backfill)), note: asIs }
    }
    const fresh =
      spooling.kind === 'repair' ? await spooling.choose(events) : await onlyNew(store, source, events)
    return { fresh, ledger: minutesOf(fresh), unclear: [], note: asIs }
  }

  /** Whether a lane has taken up everything before `offset`, and so will ask for it next. */
  function isWaitedFor(source: string, offset: number): boolean {
    for (const { config, taken } of lanes)
      if (config.sources.includes(source) && taken(source) === offset) return true
    return false
  }

  async function wakeLanes(source: string): Promise<void> {
    await refreshLog(source)
    for (const lane of lanes) lane.wake()
    it.wakeOthers?.(source)
  }
}
