/** Collects what events add to the minutes of a ledger. */
import type { LedgerMinute } from '../spool/store.ts'
import { addUid, type Digest, digestBytes, emptyDigest } from './digest.ts'

/** How many bytes of a uid the source's ledger keeps, to tell known events from new ones. */
export const PACKED_UID_BYTES = 8

/** Counts and digests of minutes serve as evidence, and take only a few bytes each. */
const COUNTS_KEPT_S = 400 * 86_400

/** Unix minute; everything before it may be forgotten. */
export function countsKeptFrom(checkpoint: number): number {
  return Math.floor((checkpoint - COUNTS_KEPT_S) / 60)
}

interface MinuteCollector {
  add(uid: string, timestamp: number): void
  minutes(): LedgerMinute[]
}

export function collectMinutes(): MinuteCollector {
  const byMinute = new Map<number, { digest: Digest; uids: string[] }>()
  return {
    add(uid, timestamp) {
      const minute = Math.floor(timestamp / 60)
      let collected = byMinute.get(minute)
      if (collected === undefined) {
        collected = { digest: emptyDigest(), uids: [] }
        byMinute.set(minute, collected)
      }
      addUid(collected.digest, uid)
      collected.uids.push(packedPart(uid))
    },
    minutes: () =>
      [...byMinute].map(([minute, { digest, uids }]) => ({
        minute,
        count: uids.length,
        digest: digestBytes(digest),
        uids: Buffer.from(uids.join(''), 'hex'),
      })),
  }
}

export function minutesOf(
  events: Iterable<{ readonly uid: string; readonly timestamp: number }>,
): LedgerMinute[] {
  const minutes = collectMinutes()
  for (const { uid, timestamp } of events) minutes.add(uid, timestamp)
  return minutes.minutes()
}

/** The uids that a range of the ledger knows, by their packed bytes. */
export function knownUids(minutes: readonly LedgerMinute[]): Map<number, Set<string>> {
  return new Map(minutes.map((it) => [it.minute, unpackUids(it.uids ?? new Uint8Array())]))
}

export function packedPart(uid: string): string {
  return uid.slice(0, PACKED_UID_BYTES * 2)
}

function unpackUids(packed: Uint8Array): Set<string> {
  const hex = Buffer.from(packed).toString('hex')
  const known = new Set<string>()
  for (let at = 0; at < hex.length; at += PACKED_UID_BYTES * 2)
    known.add(hex.slice(at, at + PACKED_UID_BYTES * 2))
  return known
}
