/** Cuts a walk's pages where minutes begin: the ledger compares old minutes as a whole. */
import type { RecordFields } from '../connector.ts'
import type { Gap } from '../spool/source-state.ts'
import type { Page } from './pages.ts'

const MINUTE_S = 60

export const minuteBefore = (second: number) => Math.floor(second / MINUTE_S) * MINUTE_S
export const minuteAfter = (second: number) => Math.ceil(second / MINUTE_S) * MINUTE_S

/** Holds back what belongs to a minute that has not been read to its beginning, or to `end`, where the walk ends. */
export function byWholeMinutes(
  end: number,
  emit: (page: Page) => Promise<void>,
): (page: Page) => Promise<void> {
  let held: RecordFields[] = []
  let gaps: Gap[] = []
  let last = Number.NaN
  return async (page) => {
    const position = page.position <= end ? end : minuteAfter(page.position)
    const records = [...held, ...page.records]
    const open = [...gaps, ...page.gaps]
    // Newest first.
    const cut = records.findIndex(({ timestamp }) => timestamp < position)
    held = cut < 0 ? [] : records.slice(cut)
    gaps = open.filter(({ second }) => second < position)
    if (position === last && page.unreadable.length === 0) return
    last = position
    await emit({
      records: cut < 0 ? records : records.slice(0, cut),
      unreadable: page.unreadable,
      gaps: open.filter(({ second }) => second >= position),
      position,
    })
  }
}
