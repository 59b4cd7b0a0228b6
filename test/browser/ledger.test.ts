/** The ledger as a calendar: what the square of each day says, in any colour scheme. */
import { expect, it } from 'vitest'
import { eventually } from '../e2e/site.ts'
import { axeFindings } from './axe.ts'
import { stageForAll } from './stage.ts'
import { openVisit } from './visit.ts'

const on = stageForAll()

const DAY_MS = 86_400_000
const READ = expect.stringMatching(/: no events known$/)
/** Of the newest event: soon after midnight, today has none yet. */
const newestMs = () => Math.max(...[...on.stage.acme.events()].map(({ timestamp }) => timestamp)) * 1_000
const dayAgo = (days: number) => new Date(newestMs() - days * DAY_MS).toISOString().slice(0, 10)

it('distinguishes days that were not read from days without events', async () => {
  // The stage reads 24 hours, and nothing happened on the days that a backfill reads in addition.
  const range = {
    from: Math.floor(newestMs() / DAY_MS - 4) * 86_400,
    to: Math.floor(newestMs() / DAY_MS - 2) * 86_400,
  }
  const began = await fetch(`${on.stage.url}/api/v1/backfills`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source: 'acme', ...range }),
  })
  expect(began.status).toBe(200)
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  const told = (day: string) => page.locator(`button[data-day="${day}"]`).getAttribute('aria-label')
  await eventually(async () => {
    await page.goto('/ledger')
    await page.locator('button.day').first().waitFor()
    expect([await told(dayAgo(4)), await told(dayAgo(3))]).toEqual(Array(2).fill(READ))
  })
  expect(await told(dayAgo(5))).toMatch(/: never read$/)
  expect(await told(dayAgo(30))).toMatch(/: never read$/)
  expect(await told(dayAgo(0))).toMatch(/: \d+ events?, /)
  const frameOf = (day: string) =>
    page.evaluate<string>(`getComputedStyle(document.querySelector('[data-day="${day}"]')).borderStyle`)
  expect([await frameOf(dayAgo(3)), await frameOf(dayAgo(5))]).toEqual(['solid', 'dashed'])
  await page.locator(`button[data-day="${dayAgo(5)}"]`).click()
  await page.getByText('It was never read: a backfill reads it.').waitFor()
  expect(await axeFindings(page)).toEqual([])
})

it('distinguishes few events from many, and shows the chosen day, in forced colours', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url, forcedColors: 'active' })
  const { page } = visit
  await page.goto('/ledger')
  const day = page.locator(`button[data-day="${dayAgo(0)}"]`)
  await day.click()
  const legend = await page.evaluate<string[]>(LEGEND)
  expect(legend.length).toBe(7)
  expect(new Set(legend).size).toBe(legend.length)
  await page.locator('h1').click()
  const outlined = await page.evaluate<string[]>(OUTLINED)
  expect(outlined).toEqual([dayAgo(0)])
})

it('shows today completely where there is little room', async () => {
  await using visit = await openVisit(on.browser, {
    url: on.stage.url,
    viewport: { width: 320, height: 780 },
  })
  const { page } = visit
  await page.goto('/ledger')
  // Today's square is scrolled into view once the calendar is drawn.
  await eventually(async () => {
    const day = await page.locator(`button[data-day="${dayAgo(0)}"]`).boundingBox()
    const place = await page.locator('.calendar-place').boundingBox()
    expect((day?.x ?? 999) + (day?.width ?? 0)).toBeLessThanOrEqual((place?.x ?? 0) + (place?.width ?? 0))
  })
})

const LEGEND = `[...document.querySelectorAll('.day-legend .day')].map((it) =>
  getComputedStyle(it).backgroundColor + getComputedStyle(it).borderStyle + it.textContent)`
const OUTLINED = `[...document.querySelectorAll('button.day')]
  .filter((it) => getComputedStyle(it).outlineStyle !== 'none').map((it) => it.dataset.day)`
