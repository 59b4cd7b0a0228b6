/** Which events of a minute were delivered but are no longer at the sink. Pure. */
import { modulo, numberOf, partOf } from '../ledger/digest-number.ts'
import type { SinkLedgerMinute } from '../spool/store.ts'
import { findSum } from './find-sum.ts'

interface Identified {
  readonly uid: string
}

/** A minute of the sink's ledger, and what was read back from the sink of it. */
interface ReadBackMinute<Event> {
  /** The sink's ledger of the minute. */
  readonly settled: Pick<SinkLedgerMinute, 'delivered' | 'digest'> | undefined
  /** Uids of what is there. */
  readonly there: readonly string[]
  /** What the source shows, is not there, and neither waits nor is a dead letter. */
  readonly absent: readonly Event[]
  /** Whether the sink's rules want the event, as they are now. */
  isWanted(event: Event): boolean
}

export interface Missing<Event> {
  readonly events: readonly Event[]
  /** How many more were delivered and are not there. */
  readonly unnamed: number
}

/**
 * The digest of what was delivered tells which events are missing. That works even if some of the absent ones were never
 * for the sink (it was added later, it leaves repeats out), or if its rules have changed. Where the digest does not tell,
 * it is the events that the rules want now.
 */
export function missingOfMinute<Event extends Identified>(it: ReadBackMinute<Event>): Missing<Event> {
  const { delivered = 0, digest = new Uint8Array(16) } = it.settled ?? {}
  const lacking = delivered - it.there.length
  if (lacking <= 0) return { events: [], unnamed: 0 }
  const held = it.there.reduce((sum, uid) => sum + partOf(uid), 0n)
  const parts = it.absent.map((item) => ({ item, number: partOf(item.uid) }))
  const sum = modulo(numberOf(digest) - held)
  const events = findSum(parts, lacking, sum) ?? it.absent.filter((event) => it.isWanted(event))
  return { events, unnamed: Math.max(0, lacking - events.length) }
}
