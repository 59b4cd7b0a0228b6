/**
 * The phases of a replay: each does as much as one slice may, and answers the cursor that follows. `count` checks whether
 * the spool holds the whole range, `spool`, `archive` and `source` queue what they hold of it.
 */
import type { SourceConfig } from '../config/config.ts'
import type { Store } from '../spool/store.ts'
import type { ArchiveReading, KeptArchive } from './archives.ts'
import type { Collector } from './collect.ts'
import { fillHole } from './fill-hole.ts'
import { downArchives, HOLES_MOST, type Hole } from './from-archives.ts'
import type { SourceReading, SourceWalk } from './from-source.ts'
import { isAround, spooledAround, throughSpool } from './from-spool.ts'
import type { ReplayCursor, ReplayRequest } from './request.ts'
import { openShortfall } from './shortfall.ts'

interface PhaseParts {
  readonly store: Store
  /** The one that the cursor names. */
  readonly source: SourceConfig
  readonly request: ReplayRequest
  readonly cursor: ReplayCursor
  readonly collector: Collector
  /** Those that keep all events of the source. */
  readonly archives: readonly KeptArchive[]
  readonly reading: ArchiveReading
  readonly signal: AbortSignal
  open(source: SourceConfig): Promise<SourceReading & { close(): Promise<void> }>
  /** Whether the slice has room and time for more. */
  mayGoOn(): boolean
}

interface Step {
  /** Undefined at the range's end. */
  readonly next: ReplayCursor | undefined
  readonly position?: number
  readonly unreadable?: number
  readonly gaps?: number
  readonly notFound?: number
}

export function createPhases(it: PhaseParts): Readonly<Record<ReplayCursor['phase'], () => Promise<Step>>> {
  const { store, request, cursor, collector, archives, reading, mayGoOn } = it
  const { counts, wants } = collector
  const { source, to } = cursor
  const { from } = request
  const visit = (uid: string, line: Uint8Array) => collector.add(source, uid, line)
  const fromSource: ReplayCursor = { source, to, phase: 'source', at: to }
  const behindSpool: ReplayCursor = archives.length === 0 ? fromSource : { ...fromSource, phase: 'archive' }

  const countSpool = async (): Promise<Step> => {
    const { start = cursor.at, found = 0 } = cursor
    const matches = (_: string, timestamp: number) => isAround(from, to, timestamp)
    const { count, at, trimmed } = await throughSpool(store, source, cursor.at, { matches, mayGoOn })
    if (at !== undefined) return { next: { ...cursor, at, start, found: found + count } }
    const all = await spooledAround(store, source, from, to)
    // What the ledger does not know, or has forgotten, only the source can show.
    const isWhole = !trimmed && all > 0 && found + count >= all
    return { next: isWhole ? { source, to, phase: 'spool', at: start } : behindSpool }
  }

  const readSpool = async (): Promise<Step> => {
    const walk = { matches: wants, visit, mayGoOn }
    const { at, trimmed } = await throughSpool(store, source, cursor.at, walk)
    if (at !== undefined) return { next: { ...cursor, at } }
    const isWhole = request.uids === undefined ? !trimmed : request.uids.length === counts.found.length
    return { next: isWhole ? undefined : behindSpool }
  }

  const goDownArchives = async (): Promise<Step> => {
    const walk = { store, source, from, before: cursor.at, holes: cursor.holes ?? [], archives }
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
    const opened = await it.open(it.source)
    const [hole = [from, to] as const, ...others] = cursor.holes ?? []
    const whole = request.uids === undefined ? wholeMinutes(hole, cursor, opened.now()) : undefined
    const [end, before] = whole ?? [hole[0], cursor.at]
    const shortfall =
      whole && (await openShortfall(store, source, { from: end, before, ...partlyOf(cursor) }))
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

  return {
    count: countSpool,
    spool: readSpool,
    archive: () => (request.uids === undefined ? goDownArchives() : findInArchives(request.uids)),
    source: readSource,
  }
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
