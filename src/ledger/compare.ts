/** Tells new events from known ones, by the uids that the ledger keeps. */
import type { Store } from '../spool/store.ts'
import { knownUids, packedPart } from './minutes.ts'

interface Dated {
  readonly uid: string
  readonly timestamp: number
}

/** The `events` that the source's ledger does not hold, in the same order. */
export async function onlyNew<Event extends Dated>(
  store: Store,
  source: string,
  events: readonly Event[],
): Promise<Event[]> {
  if (events.length === 0) return []
  let oldest = Infinity
  let newest = -Infinity
  for (const { timestamp } of events) {
    if (timestamp < oldest) oldest = timestamp
    if (timestamp > newest) newest = timestamp
  }
  const minutes = await store.ledger(source, Math.floor(oldest / 60), Math.floor(newest / 60))
  if (minutes.length === 0) return [...events]
  const known = knownUids(minutes)
  return events.filter(({ uid, timestamp }) => !known.get(Math.floor(timestamp / 60))?.has(packedPart(uid)))
}
