/**
 * The phases of a replay: each does as much as one slice may, and answers the cursor that follows. `count` checks whether
 * the spool holds the whole range, `spool`, `archive` and `source` queue what they hold of it.
 */
import type { SourceConfig } from '../config/config.ts'
import type { Store } from '../spool/store.ts'
import type { ArchiveReading, KeptArchive } from './archives.ts'
import type { Collector } from './collect.ts'
import { fillHole } from './fill-hole.ts'
import { downArchives, HOLES_MOST } from './from-archives.ts'
import type { SourceReading, SourceWalk } from './from-source.ts'
import { isAround, spooledAround, throughSpool } from './from-spool.ts'
import type {
  ArchiveCursor,
  CountCursor,
  Hole,
  ReplayCursor,
  ReplayRequest,
  SourceCursor,
  SpoolCursor,
} from './request.ts'
import { openShortfall } from './shortfall.ts'

interface PhaseParts {
  readonly store: Store
  /** The one that the cursor names. */
  readonly source: SourceConfig
  readonly request: ReplayRequest
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

export function takeStep(it: PhaseParts, cursor: ReplayCursor): Promise<Step> {
  const { uids } = it.request
  switch (cursor.phase) {
    case 'count':
      return countSpool(it, cursor)
    case 'spool':
      return readSpool(it, cursor)
    case 'archive':
      return uids === undefined ? goDownArchives(it, cursor) : findInArchives(it, cursor, uids)
    case 'source':
      return readSource(it, cursor)
  }
}

async function countSpool(it: PhaseParts, cursor: CountCursor): Promise<Step> {
  const { source, to, start = cursor.at, found = 0 } = cursor
  const { from } = it.request
  const matches = (_: string, timestamp: number) => isAround(from, to, timestamp)
  const walk = { matches, mayGoOn: it.mayGoOn }
  const { count, at, trimmed } = await throughSpool(it.store, source, cursor.at, walk)
  if (at !== undefined) return { next: { ...cursor, at, start, found: found + count } }
  const all = await spooledAround(it.store, source, from, to)
  // What the ledger does not know, or has forgotten, only the source can show.
  const isWhole = !trimmed && all > 0 && found + count >= all
  return { next: isWhole ? { source, to, phase: 'spool', at: start } : behindSpool(it, cursor) }
}

async function readSpool(it: PhaseParts, cursor: SpoolCursor): Promise<Step> {
  const { uids } = it.request
  const { wants, counts } = it.collector
  const walk = { matches: wants, visit: visitOf(it, cursor), mayGoOn: it.mayGoOn }
  const { at, trimmed } = await throughSpool(it.store, cursor.source, cursor.at, walk)
  if (at !== undefined) return { next: { ...cursor, at } }
  const isWhole = uids === undefined ? !trimmed : uids.length === counts.found.length
  return { next: isWhole ? undefined : behindSpool(it, cursor) }
}

async function goDownArchives(it: PhaseParts, cursor: ArchiveCursor): Promise<Step> {
  const { store, reading, archives, mayGoOn } = it
  const { from } = it.request
  const { source, to } = cursor
  const walk = { store, source, from, before: cursor.at, holes: cursor.holes ?? [], archives, mayGoOn }
  const taking = { matches: it.collector.wants, visit: visitOf(it, cursor) }
  const { holes, at } = await downArchives(reading, { ...walk, ...taking })
  if (at !== undefined && holes.length < HOLES_MOST) {
    return { next: { source, to, phase: 'archive', at, holes }, position: at }
  }
  return { next: toFill(cursor, holes, at), position: at ?? from }
}

async function findInArchives(it: PhaseParts, cursor: ArchiveCursor, uids: readonly string[]): Promise<Step> {
  const { after = '' } = cursor
  const visit = visitOf(it, cursor)
  for (const uid of [...uids].sort().filter((one) => one > after)) {
    const found = await it.reading.find(uid)
    if (found !== undefined && it.collector.wants(uid, found.timestamp)) await visit(uid, found.line)
    if (!it.mayGoOn()) return { next: { ...cursor, after: uid } }
  }
  return { next: fromSource(cursor) }
}

async function readSource(it: PhaseParts, cursor: SourceCursor): Promise<Step> {
  const { store, request, reading, mayGoOn } = it
  const { source, to } = cursor
  const { wants } = it.collector
  const add = visitOf(it, cursor)
  const opened = await it.open(it.source)
  const [hole = [request.from, to] as const, ...others] = cursor.holes ?? []
  const whole = request.uids === undefined ? wholeMinutes(hole, cursor, opened.now()) : undefined
  const [end, before] = whole ?? [hole[0], cursor.at]
  const shortfall = whole && (await openShortfall(store, source, { from: end, before, ...partlyOf(cursor) }))
  try {
    const isWithin = (timestamp: number) => end <= timestamp && timestamp < before
    const walk: SourceWalk = {
      ...{ from: end, before, goesOn: cursor.at < to || cursor.partly !== undefined, mayGoOn },
      matches: (uid, timestamp) => isWithin(timestamp) && (whole !== undefined || wants(uid, timestamp)),
      async visit(uid, line, timestamp) {
        await shortfall?.found(uid, timestamp)
        if (wants(uid, timestamp)) await add(uid, line)
      },
    }
    const beside = { reading, archives: cursor.holes === undefined ? [] : it.archives }
    const { at, ...read } = await fillHole(opened, beside, walk, it.signal)
    const { lacking = 0, partly = 0 } = (await shortfall?.downTo(at ?? end)) ?? {}
    const next = at === undefined ? toFill(cursor, others, cursor.below) : { ...cursor, at, partly }
    return { next, position: Math.max(hole[0], at ?? end), ...read, notFound: lacking }
  } finally {
    await shortfall?.close()
    await opened.close()
  }
}

function visitOf({ collector }: PhaseParts, { source }: ReplayCursor) {
  return (uid: string, line: Uint8Array) => collector.add(source, uid, line)
}

function behindSpool({ archives }: PhaseParts, cursor: ReplayCursor): ReplayCursor {
  const { source, to } = cursor
  return archives.length === 0 ? fromSource(cursor) : { source, to, phase: 'archive', at: to }
}

function fromSource({ source, to }: ReplayCursor): SourceCursor {
  return { source, to, phase: 'source', at: to }
}

const partlyOf = ({ partly }: SourceCursor) => (partly === undefined ? {} : { partly })

/** A ledger counts by the minute, so the minutes at a range's ends are read whole, as far as they have passed. */
function wholeMinutes([from, top]: Hole, { at, partly }: SourceCursor, now: number): Hole {
  const end = Math.floor(from / 60) * 60
  if (at < top || partly !== undefined) return [end, at]
  return [end, Math.max(at, Math.min(Math.ceil(at / 60) * 60, Math.floor(now / 1000) + 1))]
}

/** Undefined when there is no hole, and nothing of the archives below them. */
function toFill(
  { source, to }: ReplayCursor,
  holes: readonly Hole[],
  below: number | undefined,
): ReplayCursor | undefined {
  const [first] = holes
  if (first !== undefined) {
    return { source, to, phase: 'source', at: first[1], holes, ...(below !== undefined && { below }) }
  }
  return below === undefined ? undefined : { source, to, phase: 'archive', at: below }
}
