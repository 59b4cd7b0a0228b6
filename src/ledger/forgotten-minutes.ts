/**
 * Tells new events from known ones in whole minutes of the distant past, whose uids the ledger has forgotten. Count and
 * digest still show whether it holds all of a minute, one stretch of it (reading began or ended there), or all but one
 * stretch.
 *
 * If neither fits, the minute is *unclear*. If the source then shows more events than the ledger counts, all of them
 * are taken as new, and the ledger is set to what the source shows: better twice, with the same uid, than lost. If it
 * shows no more, nothing is taken.
 */
import type { LedgerMinute, Store } from '../spool/store.ts'
import { hexOf, modulo, numberOf, partOf } from './digest-number.ts'
import { knownUids, minutesOf, PACKED_UID_BYTES, packedPart } from './minutes.ts'

interface Dated {
  readonly uid: string
  readonly timestamp: number
}

export interface NewEvents<Event> {
  /** In the same order. */
  readonly fresh: Event[]
  /** What they add to the ledger. */
  readonly ledger: LedgerMinute[]
  /** Unix minutes. */
  readonly unclear: readonly number[]
}

/** Seconds, [from, to). */
interface Stretch {
  readonly from: number
  readonly to: number
}

/**
 * `events`, oldest first: everything that the source shows of each of their minutes. Only those in `wanted` can be new.
 */
export async function newOfWholeMinutes<Event extends Dated>(
  store: Pick<Store, 'ledger'>,
  source: string,
  events: readonly Event[],
  wanted: Stretch,
): Promise<NewEvents<Event>> {
  if (events.length === 0) return { fresh: [], ledger: [], unclear: [] }
  const byMinute = Map.groupBy(events, minuteOf)
  const read = stretchesOf([...byMinute.keys()]).map(({ from, to }) => store.ledger(source, from, to))
  const ledgerOf = new Map((await Promise.all(read)).flat().map((it) => [it.minute, it]))
  const found: { fresh: Event[]; ledger: LedgerMinute[]; unclear: number[] } = {
    fresh: [],
    ledger: [],
    unclear: [],
  }
  for (const [minute, shown] of byMinute) {
    const known = ledgerOf.get(minute)
    const fresh = newOf(shown, known)
    if (fresh !== undefined) {
      const taken = fresh.filter(({ timestamp }) => isWithin(timestamp, wanted))
      for (const event of taken) found.fresh.push(event)
      if (taken.length > 0) found.ledger.push(...minutesOf(taken))
      continue
    }
    found.unclear.push(minute)
    if (known === undefined || shown.length <= known.count) continue
    for (const event of shown) found.fresh.push(event)
    found.ledger.push(difference(known, shown))
  }
  return found
}

/** Minutes at most this far apart are read together. */
const NEAR = 60

/** Ascending minutes as inclusive ranges, so that nothing between distant parts of a page is read. */
function stretchesOf(minutes: readonly number[]): Stretch[] {
  const stretches: { from: number; to: number }[] = []
  for (const minute of minutes) {
    const last = stretches.at(-1)
    if (last !== undefined && minute - last.to <= NEAR) last.to = minute
    else stretches.push({ from: minute, to: minute })
  }
  return stretches
}

export function countWithin(events: readonly { readonly timestamp: number }[], stretch: Stretch): number {
  return events.reduce((count, { timestamp }) => (isWithin(timestamp, stretch) ? count + 1 : count), 0)
}

function isWithin(second: number, { from, to }: Stretch): boolean {
  return second >= from && second < to
}

function minuteOf({ timestamp }: Dated): number {
  return Math.floor(timestamp / 60)
}

/** The events shown for a minute that `known` lacks; undefined if that can't be determined. */
export function newOf<Event extends Dated>(
  shown: readonly Event[],
  known: LedgerMinute | undefined,
): readonly Event[] | undefined {
  if (known === undefined) return shown
  if (known.uids?.length === known.count * PACKED_UID_BYTES) {
    const uids = knownUids([known]).get(known.minute)
    return shown.filter(({ uid }) => !uids?.has(packedPart(uid)))
  }
  return missingStretch(shown, known)
}

/**
 * A stretch is made of whole seconds, or is a single event, since the order within a second may change between reads.
 */
function missingStretch<Event extends Dated>(
  shown: readonly Event[],
  { count, digest }: LedgerMinute,
): readonly Event[] | undefined {
  const held = numberOf(digest)
  const sums = [0n]
  for (const { uid } of shown) sums.push(modulo((sums.at(-1) ?? 0n) + partOf(uid)))
  const sum = (from: number, to: number) => modulo((sums[to] ?? 0n) - (sums[from] ?? 0n))
  const missing = shown.length - count
  for (let at = 0; at + count <= shown.length; at++) {
    if (sum(at, at + count) === held) return [...shown.slice(0, at), ...shown.slice(at + count)]
  }
  const wanting = modulo(sum(0, shown.length) - held)
  for (let at = 0; missing > 0 && at + missing <= shown.length; at++) {
    if (sum(at, at + missing) === wanting) return shown.slice(at, at + missing)
  }
  return undefined
}

/** What must be added to the ledger's minute to match what the source shows. */
function difference({ minute, count, digest }: LedgerMinute, shown: readonly Dated[]): LedgerMinute {
  const all = shown.reduce((sum, { uid }) => sum + partOf(uid), 0n)
  const lacking = Buffer.from(hexOf(all - numberOf(digest)), 'hex')
  return { minute, count: shown.length - count, digest: lacking, uids: undefined }
}
