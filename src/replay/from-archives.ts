/**
 * What the archives hold of a range, minute by minute, newest first. A minute is taken from an archive if that holds
 * exactly the events that the source's ledger counts in it, by number and digest; all others are *holes*, which the
 * source is asked for. So is what lies before the ledger's time, where nothing shows whether an archive is complete.
 */
import { countsKeptFrom, minutesOf } from '../ledger/minutes.ts'
import { readByBackfills } from '../spool/backfill-state.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { LedgerMinute, Store } from '../spool/store.ts'
import type { ArchiveReading, EventGroup } from './archives.ts'
import { headOf, newestOf } from './head.ts'
import type { Hole } from './request.ts'

interface ArchivesWalk {
  readonly store: Store
  readonly source: string
  readonly from: number
  /** Seconds from here on are not wanted, or have been looked at before. */
  readonly before: number
  /** Holes found earlier, newest first. */
  readonly holes: readonly Hole[]
  readonly archives: readonly { readonly id: string }[]
  matches(uid: string, timestamp: number): boolean
  visit(uid: string, line: Uint8Array): Promise<void>
  mayGoOn(): boolean
}

interface ArchivesStep {
  readonly holes: readonly Hole[]
  /** Seconds from here on have been looked at; absent when all of the range has. */
  readonly at?: number
}

/** With this many holes the source is asked first, since they travel in the replay's cursor. */
export const HOLES_MOST = 50

/** Goes down by at least one minute, until its time is up or it has found many holes. */
export async function downArchives(reading: ArchiveReading, walk: ArchivesWalk): Promise<ArchivesStep> {
  const { store, source, from, before, matches, visit, mayGoOn } = walk
  const [first, end] = [Math.floor(from / 60), Math.ceil(before / 60)]
  const holes = gatherHoles(walk)
  const ledger = await headOf(ledgerDown(store, source, first, end))
  const unknown = await unknownIn(store, source, from)
  const kept = await Promise.all(
    walk.archives.map(({ id }) => headOf(reading.groups(id, 60, first * 60, end * 60))),
  )
  try {
    for (let at = before; at > from; ) {
      if (at < before && (!mayGoOn() || holes.all.length >= HOLES_MOST)) {
        return { holes: holes.all, at }
      }
      const second = newestOf([ledger, ...kept])
      for (const [low, top] of unknown(Math.max(from, second + 60), at)) holes.add(low, top)
      if (!Number.isFinite(ledger.at()) && isWholly(unknown(from, second), from, second)) {
        holes.add(from, Math.min(at, second + 60))
        return { holes: holes.all }
      }
      const known = await ledger.take(second)
      const held = await Promise.all(kept.map((head) => head.take(second)))
      const whole = held.find((group) => isWhole(group, known?.minute))
      if (whole === undefined) holes.add(Math.max(from, second), Math.min(at, second + 60))
      else holes.end()
      for (const { uid, timestamp, line } of whole?.events ?? []) {
        if (matches(uid, timestamp)) await visit(uid, line)
      }
      at = Math.max(from, second)
    }
    return { holes: holes.all }
  } finally {
    await Promise.all([ledger, ...kept].map((head) => head.close()))
  }
}

function gatherHoles({ holes, before }: ArchivesWalk) {
  const all = [...holes]
  // Minutes without events do not end a hole.
  let isOpen = all.at(-1)?.[0] === before
  return {
    all,
    add(from: number, up: number) {
      if (from >= up) return
      const [, top = up] = isOpen ? (all.pop() ?? []) : []
      all.push([from, top])
      isOpen = true
    },
    end() {
      isOpen = false
    },
  }
}

function isWhole(group: EventGroup | undefined, known: LedgerMinute | undefined): boolean {
  if (group === undefined || group.events.length !== known?.count) return false
  const [held] = minutesOf(group.events)
  return held !== undefined && Buffer.compare(held.digest, known.digest) === 0
}

/** How many minutes are read at once. */
const LEDGER_AHEAD = 1_440

/** Minutes in [from, before) that hold events, newest first; `at` is their first second. */
export async function* ledgerDown(store: Store, source: string, from: number, before: number) {
  for (let end = before; ; ) {
    const newest = await store.ledgerMinuteBefore(source, end)
    if (newest === undefined || newest < from) return
    end = Math.max(from, newest - LEDGER_AHEAD + 1)
    const minutes = await store.ledger(source, end, newest)
    for (const minute of minutes.toReversed()) yield { at: minute.minute * 60, minute }
  }
}

/**
 * The stretches of a range for which the ledger does not know what was spooled, newest first: what it has forgotten, and
 * what lies before the start and was not read by a backfill.
 */
async function unknownIn(store: Store, source: string, oldest: number) {
  const state: Partial<SourceState> = (await store.loadSource(source)) ?? {}
  const { start = Number.POSITIVE_INFINITY, checkpoint = 0 } = state
  // It forgets the oldest minutes first.
  const isKept = (await store.ledgerMinuteBefore(source, Math.floor(oldest / 60))) !== undefined
  const forgotten = isKept ? 0 : countsKeptFrom(checkpoint) * 60
  const read = readByBackfills(state).toReversed()
  return (from: number, before: number): Hole[] => {
    const found: Hole[] = []
    let top = Math.min(before, start)
    for (const [first, end] of read) {
      found.push([Math.max(from, forgotten, end), top])
      top = Math.min(top, first)
    }
    found.push([Math.max(from, forgotten), top], [from, Math.min(before, forgotten)])
    return found.filter(([low, up]) => low < up)
  }
}

function isWholly(stretches: readonly Hole[], from: number, before: number): boolean {
  return stretches.reduce((sum, [low, up]) => sum + up - low, 0) === before - from
}
