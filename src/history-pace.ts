/**
 * Paces a backfill by the lanes that deliver it. Its events go into the same log as live ones, which queue behind them.
 * So it only spools as many as each lane will take up next, and never so many that live polls find no room.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SinkConfig } from './config/config.ts'
import type { Lane } from './deliver/lane.ts'
import { steadyClock } from './lib/steady.ts'
import type { Room } from './spool/room.ts'
import type { Store } from './spool/store.ts'

/** Waits until some old events of the source may be spooled; answers how many. Throws SpoolFull. */
export type HistoryPace = (source: string, signal: AbortSignal, showWait?: ShowWait) => Promise<number>

/** Called with what is being waited for, and with an empty text when the wait is over. */
type ShowWait = (waitsFor: string) => void

interface PaceParts {
  readonly store: Pick<Store, 'loadLane'>
  readonly room: Room
  readonly now: () => number
  /** The sinks, by their ids. */
  readonly takers: ReadonlyMap<string, SinkConfig>
  /** The lanes that this process holds. */
  readonly lanes: ReadonlySet<Lane>
  logEnd(source: string): number
}

/** The rest of the spool is kept for live events. */
const SHARE_OF_SPOOL = 0.5
const HALF_FULL =
  'sinks to take events: half of the spool (state.max_spool) is full, and a backfill fills no more'
const LOOK_EVERY_MS = 20
/** A lane of another process that has not moved for this long is ignored: its sink is down, or nobody holds it. */
const GIVEN_UP_AFTER_MS = 60_000
/** A lane's stored place does not show how far its rules have looked ahead for events to fill a batch. */
const LOOKED_AHEAD = 20_000

export function createHistoryPace({ store, room, takers, lanes, logEnd, ...it }: PaceParts): HistoryPace {
  const now = steadyClock(it.now)
  const seen = new Map<string, { next: number; since: number }>()

  const waitsElsewhere = async (source: string, sink: SinkConfig): Promise<number> => {
    const { id, where, sample, dedupeWindowMs } = sink
    const next = (await store.loadLane(id))?.cursors[source]?.next ?? 0
    const before = seen.get(`${id} ${source}`)
    const place = before?.next === next ? before : { next, since: now() }
    seen.set(`${id} ${source}`, place)
    if (now() - place.since >= GIVEN_UP_AFTER_MS) return 0
    return logEnd(source) - next - ((where ?? sample ?? dedupeWindowMs) === undefined ? 0 : LOOKED_AHEAD)
  }

  /** A lane in trouble holds up its own live events anyway, and must not keep old events from the other sinks. */
  const waitsHere = (source: string, { taken, gate, trouble }: Lane): number =>
    gate.trouble() === undefined && trouble() === undefined ? logEnd(source) - taken(source) : 0

  const allowance = async (source: string, config: SinkConfig): Promise<number> => {
    const lane = [...lanes].find((held) => held.config.id === config.id)
    const waiting = lane === undefined ? await waitsElsewhere(source, config) : waitsHere(source, lane)
    return config.batch.maxEvents * config.inFlight - waiting
  }

  return async (source, signal, showWait = () => {}) => {
    for (;;) {
      if (room.bytes() >= room.limitBytes * SHARE_OF_SPOOL) showWait(HALF_FULL)
      await room.wait(signal, SHARE_OF_SPOOL)
      const taking = [...takers.values()].filter(({ sources }) => sources.includes(source))
      const allowed = await Promise.all(taking.map((sink) => allowance(source, sink)))
      const slow = taking.flatMap(({ id }, at) => ((allowed[at] ?? 0) > 0 ? [] : [id]))
      if (slow.length === 0) {
        showWait('')
        return Math.min(...allowed)
      }
      showWait(`${slow.join(', ')} to take up what was read before`)
      await sleep(LOOK_EVERY_MS, undefined, { signal })
    }
  }
}
