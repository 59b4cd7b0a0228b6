/**
 * How a page changes a source's state (counts, gaps, what its log holds), and which parts of the page are quarantined.
 */
import { hash } from 'node:crypto'
import type { Unreadable } from './connector.ts'
import { addDigest, digestFrom, digestHex, emptyDigest } from './ledger/digest.ts'
import type { UidEvent } from './normalise/page.ts'
import type { Page } from './poll/pages.ts'
import type { HeldStretch, SourceState } from './spool/source-state.ts'
import type { LedgerMinute, LogBounds, QuarantinedRecord } from './spool/store.ts'

interface PageFacts {
  readonly purpose: 'poll' | 'backfill'
  /** What the page's new events add to the ledger. */
  readonly ledger: readonly LedgerMinute[]
  /** Minutes in which the ledger could not tell new events from known ones. */
  readonly unclear: number
}

/** The state after a page has been counted. An event is late if an earlier walk had already passed its second. */
export function countPage(
  state: SourceState,
  page: Page,
  fresh: readonly UidEvent[],
  log: LogBounds,
  { purpose, ledger, unclear }: PageFacts,
): SourceState {
  const { backfill } = state
  const newest = fresh.at(-1)?.timestamp
  return {
    ...state,
    polled: state.polled + page.records.length,
    spooled: state.spooled + fresh.length,
    // Events that a backfill asks for are old on purpose, not late.
    late: state.late + (purpose === 'backfill' ? 0 : latenesses(state, fresh).length),
    gaps: gapsAfter(state, page),
    unknownActions: unknownAfter(state.unknownActions, fresh),
    ...(backfill === undefined || unclear === 0
      ? {}
      : { backfill: { ...backfill, unclear: backfill.unclear + unclear } }),
    ...(newest === undefined
      ? {}
      : {
          newest: Math.max(newest, state.newest ?? 0),
          held: heldAfter(state.held ?? [], fresh, log),
          total: totalAfter(state.total, ledger),
        }),
  }
}

/** For each late event, how many seconds before the checkpoint it was: the overlap that would have caught it. */
export function latenesses({ checkpoint, recovered }: SourceState, fresh: readonly UidEvent[]): number[] {
  // Oldest first, and most pages hold nothing late.
  if (checkpoint === undefined || (fresh[0]?.timestamp ?? checkpoint) >= checkpoint) return []
  // For times before a loss of state, the ledger no longer knows whether an event was there in time.
  const known = recovered?.from ?? 0
  return fresh.flatMap(({ timestamp }) =>
    timestamp >= known && timestamp < checkpoint ? [checkpoint - timestamp] : [],
  )
}

/** More would only slightly refine the position after a loss, and the lag of a sink that is far behind. */
const MOST_STRETCHES = 64

/** The pages of a walk come newest first, so a later stretch may be older. */
function heldAfter(
  held: readonly HeldStretch[],
  fresh: readonly UidEvent[],
  log: LogBounds,
): readonly HeldStretch[] {
  const waiting = held.filter(({ end }) => end > log.start)
  const oldest = fresh[0]?.timestamp ?? 0
  const end = log.end + fresh.length
  if (waiting.length < MOST_STRETCHES) return [...waiting, { end, oldest }]
  const last = waiting.at(-1)
  return [...waiting.slice(0, -1), { end, oldest: Math.min(oldest, last?.oldest ?? oldest) }]
}

function totalAfter(
  total: SourceState['total'],
  ledger: readonly LedgerMinute[],
): NonNullable<SourceState['total']> {
  const digest = total === undefined ? emptyDigest() : digestFrom(Buffer.from(total.digest, 'hex'))
  let events = total?.events ?? 0
  for (const minute of ledger) {
    events += minute.count
    addDigest(digest, digestFrom(minute.digest))
  }
  return { events, digest: digestHex(digest) }
}

/** Gaps stay until their second has been read completely. */
function gapsAfter(state: SourceState, page: Page): SourceState['gaps'] {
  if (page.gaps.length === 0 && state.gaps.length === 0) return state.gaps
  const read = new Set(page.records.map((record) => record.timestamp))
  const open = new Set(page.gaps.map((gap) => gap.second))
  return [...state.gaps.filter(({ second }) => !read.has(second) && !open.has(second)), ...page.gaps]
}

/** How many names are counted separately; without a limit a hostile source could make the state grow. */
const UNKNOWN_NAMES = 200
/** Characters; the longest known name has 47. */
const NAME_KEPT = 100

function unknownAfter(
  known: SourceState['unknownActions'],
  fresh: readonly UidEvent[],
): SourceState['unknownActions'] {
  const unknown = fresh.filter((event) => !event.normalised.known)
  if (unknown.length === 0) return known
  const counts = new Map(Object.entries(known))
  for (const { normalised } of unknown) {
    const action = nameOf(normalised.members.action)
    const name = counts.has(action) || counts.size < UNKNOWN_NAMES ? action : 'others'
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return Object.fromEntries(counts)
}

/** Cut, because the state is stored with each page. */
function nameOf(action: string): string {
  return action.length > NAME_KEPT ? `${action.slice(0, NAME_KEPT).toWellFormed()}…` : action
}

/** The same bytes read again are the same record, unless they occur twice in one page. */
export function quarantine(unreadable: readonly Unreadable[], at: number): QuarantinedRecord[] {
  const seen = new Map<string, number>()
  return unreadable.map(({ unreadable: reason, bytes }) => {
    const digest = digestOf(bytes)
    const ordinal = seen.get(digest) ?? 0
    seen.set(digest, ordinal + 1)
    return { id: `${digest}-${ordinal}`, at, reason, bytes }
  })
}

/** Those that are not among the kept ones; told by id, because what is kept may be sealed with a key that is gone. */
export function notQuarantined(
  unreadable: readonly Unreadable[],
  kept: readonly Pick<QuarantinedRecord, 'id'>[],
): Unreadable[] {
  const known = new Set(kept.map(({ id }) => id.split('-')[0]))
  return unreadable.filter(({ bytes }) => !known.has(digestOf(bytes)))
}

function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes).slice(0, 32)
}
