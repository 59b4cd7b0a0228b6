/** One minute of the source beside the same minute of its ledger. Pure. */
import { addUid, digestBytes, digestFrom, emptyDigest } from '../ledger/digest.ts'
import { PACKED_UID_BYTES, packedPart } from '../ledger/minutes.ts'
import type { LedgerMinute } from '../spool/store.ts'

export interface Difference<Event> {
  /** Shown by the source, unknown to the ledger. */
  readonly missing: readonly Event[]
  /** As many more are missing, and the ledger has forgotten which it knows. */
  readonly missingUnnamed: number
  /** Known to the ledger, not shown by the source: the first characters of their uids. */
  readonly extra: readonly string[]
  readonly extraUnnamed: number
  /** The ledger's minute contradicts itself: its count or digest is not that of its uids. */
  readonly isTorn: boolean
}

interface Dated {
  readonly uid: string
}

/** Characters of a uid that a digest is the sum of. */
const DIGEST_PART = 32

/** `seen`: what the source shows and the ledger should know. `more`: what it may know beside. */
export function compareMinute<Event extends Dated>(
  seen: readonly Event[],
  more: readonly Event[],
  known: LedgerMinute | undefined,
): Difference<Event> {
  const none = { missingUnnamed: 0, extraUnnamed: 0, isTorn: false }
  if (known === undefined) return { ...none, missing: seen, extra: [] }
  const uids = unpacked(known)
  if (uids === undefined) return compareForgotten(seen, known)

  const left = new Map<string, number>()
  for (const uid of uids) left.set(uid, (left.get(uid) ?? 0) + 1)
  const take = ({ uid }: Dated): boolean => {
    const part = packedPart(uid)
    const count = left.get(part) ?? 0
    if (count > 0) left.set(part, count - 1)
    return count > 0
  }
  const missing = seen.filter((event) => !take(event))
  const known2 = more.filter(take)
  const extra = [...left].flatMap(([uid, count]) => new Array<string>(count).fill(uid))
  const isWhole = missing.length === 0 && extra.length === 0
  const isTorn = isWhole && sumOf([...seen, ...known2]) !== numberOf(known.digest)
  return { ...none, missing, extra, isTorn }
}

/** Behind the retrospection horizon count and digest are left: they tell one event by itself, not several. */
function compareForgotten<Event extends Dated>(
  seen: readonly Event[],
  known: LedgerMinute,
): Difference<Event> {
  const none = { missing: [], missingUnnamed: 0, extra: [], extraUnnamed: 0, isTorn: false }
  const [sum, digest] = [sumOf(seen), numberOf(known.digest)]
  const more = seen.length - known.count
  if (more === 0 && sum === digest) return none
  if (more === 0) return { ...none, missingUnnamed: 1, extraUnnamed: 1 }
  if (more === 1) {
    const part = hexOf(sum - digest)
    const [only, ...others] = seen.filter(({ uid }) => uid.startsWith(part))
    return only !== undefined && others.length === 0
      ? { ...none, missing: [only] }
      : { ...none, missingUnnamed: 2, extraUnnamed: 1 }
  }
  if (more === -1) return { ...none, extra: [hexOf(digest - sum)] }
  return more > 0 ? { ...none, missingUnnamed: more } : { ...none, extraUnnamed: -more }
}

/** Undefined when they were forgotten, or some of them. */
function unpacked({ count, uids }: LedgerMinute): string[] | undefined {
  if (uids === undefined || uids.length !== count * PACKED_UID_BYTES) return undefined
  const hex = Buffer.from(uids).toString('hex')
  const size = PACKED_UID_BYTES * 2
  return Array.from({ length: count }, (_, at) => hex.slice(at * size, (at + 1) * size))
}

export function digestOf(events: readonly Dated[]): Uint8Array {
  const digest = emptyDigest()
  for (const { uid } of events) addUid(digest, uid)
  return digestBytes(digest)
}

const sumOf = (events: readonly Dated[]) => numberOf(digestOf(events))
const numberOf = (digest: Uint8Array) =>
  BigInt(`0x${Buffer.from(digestBytes(digestFrom(digest))).toString('hex')}`)
const hexOf = (difference: bigint) => BigInt.asUintN(128, difference).toString(16).padStart(DIGEST_PART, '0')
