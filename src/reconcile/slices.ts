/** A long range is read in parts, the newest first: a day with events at a time, so that memory stays bounded. */
import { DAY_MINUTES } from '../spool/ledger-day.ts'
import type { Store } from '../spool/store.ts'
import type { Minutes } from './lane-view.ts'

export async function slicesOf(store: Store, source: string, range: Minutes): Promise<Minutes[]> {
  const slices: Minutes[] = []
  let { to } = range
  while (to > range.from) {
    const day = Math.floor((to - 1) / DAY_MINUTES) * DAY_MINUTES
    const newest = (await store.ledgerMinuteBefore(source, to)) ?? Number.NEGATIVE_INFINITY
    // A stretch without a known event is one part, however long.
    const from = newest >= day ? day : Math.ceil((newest + 1) / DAY_MINUTES) * DAY_MINUTES
    slices.push({ from: Math.max(range.from, from), to })
    to = Math.max(range.from, from)
  }
  return slices
}
