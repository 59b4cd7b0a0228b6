/** The list of events as a person sees it, and the archive's events to compare it with. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { AuditEvent } from '../../src/event.ts'

const WHOLE = /^\d+ events?; (these are|that is) all/
/** A longer list is only complete after scrolling. */
const FIRST_PAGE = 90

/** All events of the archive, newest first, as the API gives them. */
export async function archived(url: string): Promise<AuditEvent[]> {
  const answer = await fetch(`${url}/api/v1/events?limit=1000`)
  return ((await answer.json()) as { events: AuditEvent[] }).events
}

/** Uids of the rows in the page, from the top. */
export function shownUids(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    "[...document.querySelectorAll('.event-link')].map((link) => link.id.slice('what-'.length))",
  )
}

/** Waits until the list shows exactly these events; of a long list only the top is in the page. */
export async function showsOnly(page: Page, expected: readonly AuditEvent[]): Promise<void> {
  expect(expected.length, 'events to be shown').toBeGreaterThan(0)
  await expect
    .poll(async () => {
      const [uids, whole] = [await shownUids(page), await page.getByText(WHOLE).allTextContents()]
      return { uids, count: whole.map((text) => Number.parseInt(text, 10)) }
    })
    .toSatisfy(({ uids, count }: { uids: string[]; count: number[] }) => {
      const wanted = expected.slice(0, uids.length).map(({ uid }) => uid)
      const isAll = expected.length > FIRST_PAGE || count.join() === String(expected.length)
      return uids.length > 0 && uids.join() === wanted.join() && isAll
    })
}

/** The query of the page's address. */
export function filtersOf(page: Page): Record<string, string> {
  return Object.fromEntries(new URL(page.url()).searchParams)
}
