/** Compares one minute of the source with the same minute of its ledger. Pure. */
import { addUid, digestBytes, emptyDigest } from '../ledger/digest.ts'
import { hexOf, modulo, numberOf, partOf } from '../ledger/digest-number.ts'
import { PACKED_UID_BYTES, packedPart } from '../ledger/minutes.ts'
import type { LedgerMinute } from '../spool/store.ts'
import { findSum } from './find-sum.ts'

export interface Difference<Event> {
  /** Shown by the source, unknown to the ledger. */
  readonly missing: readonly Event[]
  /** How many more are missing, where the ledger has forgotten which ones it knows. */
  readonly missingUnnamed: number
  /** Known to the ledger, not shown by the source: the first characters of their uids. */
  readonly extra: readonly string[]
  readonly extraUnnamed: number
  /** The ledger's minute contradicts itself: its count or digest is not that of its uids. */
  readonly isTorn: boolean
  /** Of what the ledger may know beside: what it knows. */
  readonly beside: readonly Event[]
}

interface Identified {
  readonly uid: string
}

/** What lies at the sinks of this minute. */
export interface Hints {
  /** Uids. */
  readonly there: ReadonlySet<string>
  /** Uids of what is there, and neither the source shows nor the ledger names. */
  readonly strangers: readonly string[]
}

/** `seen`: what the source shows and the ledger should know. `more`: what it may know beside. */
export function compareMinute<Event extends Identified>(
  seen: readonly Event[],
  more: readonly Event[],
  known: LedgerMinute | undefined,
  hints: Hints = { there: new Set(), strangers: [] },
): Difference<Event> {
  const none = { missingUnnamed: 0, extraUnnamed: 0, isTorn: false, beside: [] }
  if (known === undefined) return { ...none, missing: seen, extra: [] }
  const uids = unpacked(known)
  if (uids === undefined) return compareForgotten(seen, known, hints)

  const left = new Map<string, number>()
  for (const uid of uids) left.set(uid, (left.get(uid) ?? 0) + 1)
  const take = ({ uid }: Identified): boolean => {
    const part = packedPart(uid)
    const count = left.get(part) ?? 0
    if (count > 0) left.set(part, count - 1)
    return count > 0
  }
  const missing = seen.filter((event) => !take(event))
  const beside = more.filter(take)
  const extra = [...left].flatMap(([uid, count]) => new Array<string>(count).fill(uid))
  const isWhole = missing.length === 0 && extra.length === 0
  const isTorn = isWhole && sumOf([...seen, ...beside]) !== numberOf(known.digest)
  return { ...none, missing, extra, isTorn, beside }
}

/**
 * Beyond the retrospection horizon only count and digest are left. By themselves they identify up to four events; with
 * what lies at a sink, more of them, and also events that the source no longer shows.
 */
function compareForgotten<Event extends Identified>(
  seen: readonly Event[],
  known: LedgerMinute,
  { there, strangers }: Hints,
): Difference<Event> {
  const none = { missing: [], missingUnnamed: 0, extra: [], extraUnnamed: 0, isTorn: false, beside: [] }
  const [sum, digest] = [sumOf(seen), numberOf(known.digest)]
  const more = seen.length - known.count
  if (more === 0 && sum === digest) return none
  const parts = seen.map((item) => ({ item, number: partOf(item.uid) }))
  const foreign = strangers.map((item) => ({ item, number: partOf(item) }))
  if (more > 0) {
    const lacking = modulo(sum - digest)
    const rest = parts.filter(({ item }) => !there.has(item.uid))
    const missing = findSum(rest, more, lacking) ?? findSum(parts, more, lacking)
    if (missing !== undefined) return { ...none, missing }
  }
  if (more < 0) {
    const extra = findSum(foreign, -more, modulo(digest - sum))
    if (extra !== undefined) return { ...none, extra }
    if (more === -1) return { ...none, extra: [hexOf(digest - sum)] }
  }
  // Otherwise one event may be there that the source does not show, and one more be missing.
  for (const { item, number } of foreign) {
    const missing = findSum(parts, more + 1, modulo(sum + number - digest))
    if (more >= 0 && missing !== undefined) return { ...none, missing, extra: [item] }
  }
  if (more === 0) return { ...none, missingUnnamed: 1, extraUnnamed: 1 }
  if (more === 1) return { ...none, missingUnnamed: 2, extraUnnamed: 1 }
  return more > 0 ? { ...none, missingUnnamed: more } : { ...none, extraUnnamed: -more }
}

/** Undefined when they were forgotten, or some of them. */
function unpacked({ count, uids }: LedgerMinute): string[] | undefined {
  if (uids === undefined || uids.length !== count * PACKED_UID_BYTES) return undefined
  const hex = Buffer.from(uids).toString('hex')
  const size = PACKED_UID_BYTES * 2
  return Array.from({ length: count }, (_, at) => hex.slice(at * size, (at + 1) * size))
}

export function digestOf(events: readonly Identified[]): Uint8Array {
  const digest = emptyDigest()
  for (const { uid } of events) addUid(digest, uid)
  return digestBytes(digest)
}

const sumOf = (events: readonly Identified[]) => numberOf(digestOf(events))
