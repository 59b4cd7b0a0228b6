/** Counts what was settled, by minute of the event, for the sink's ledger. */
import { addUid, type Digest, digestBytes, emptyDigest } from '../ledger/digest.ts'
import type { SinkLedgerMinute } from '../spool/store.ts'

export type Settled = 'delivered' | 'filtered' | 'deadLettered' | 'replayed'

export interface Tally {
  count(settled: Settled, event: { readonly uid: string; readonly timestamp: number }, by?: 1 | -1): void
  total(settled: Settled): number
  minutes(): SinkLedgerMinute[]
}

const NOTHING: Readonly<Record<Settled, number>> = { delivered: 0, filtered: 0, deadLettered: 0, replayed: 0 }

/** `now` is when it is settled, milliseconds. */
export function createTally(now: number): Tally {
  const byMinute = new Map<number, Record<Settled, number> & { digest: Digest }>()
  const totals = { ...NOTHING }
  return {
    count(settled, event, by = 1) {
      const minute = Math.floor(event.timestamp / 60)
      let counts = byMinute.get(minute)
      if (counts === undefined) {
        counts = { ...NOTHING, digest: emptyDigest() }
        byMinute.set(minute, counts)
      }
      counts[settled] += by
      totals[settled] += by
      if (settled === 'delivered') addUid(counts.digest, event.uid)
    },
    total: (settled) => totals[settled],
    minutes: () =>
      [...byMinute].map(([minute, { digest, replayed, ...counts }]) => ({
        minute,
        ...counts,
        ...(replayed === 0 ? {} : { replayed }),
        // What is sent again was settled before.
        ...(counts.delivered + counts.filtered + counts.deadLettered === 0
          ? {}
          : { settled: { first: now, last: now } }),
        digest: digestBytes(digest),
      })),
  }
}
