/**
 * `npm run screenshots`: takes docs/console/*.png anew, from a running engine with invented events of the last weeks.
 */
import { mkdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { startChromium } from './chromium.ts'
import { type Gallery, openGallery } from './gallery.ts'
import { openVisit } from './visit.ts'

const FOLDER = 'docs/console'
const DESK = { width: 1280, height: 720 }
/** For a page that has more to show further down. */
const TALL = { width: 1280, height: 900 }
const PHONE = { width: 360, height: 740 }

interface Picture {
  readonly name: string
  readonly path: string
  readonly options?: BrowserContextOptions
  /** What to do on the page before the picture is taken. */
  readonly prepare?: (page: Page) => Promise<void>
}

const PICTURES: readonly Picture[] = [
  { name: 'events', path: '/' },
  { name: 'events-dark', path: '/', options: { colorScheme: 'dark' } },
  { name: 'events-narrow', path: '/', options: { viewport: PHONE } },
  { name: 'event', path: '/?action=stack-deleted', options: { viewport: TALL }, prepare: openFirst },
  { name: 'components', path: '/components', options: { viewport: TALL }, prepare: waitForRates },
  { name: 'dead-letters', path: '/dead-letters', prepare: pickTwo },
  { name: 'ledger', path: '/ledger', options: { viewport: TALL }, prepare: reconcileDay },
  { name: 'ledger-narrow', path: '/ledger', options: { viewport: PHONE } },
  { name: 'backfills', path: '/backfills' },
  { name: 'trail', path: '/trail' },
]

mkdirSync(FOLDER, { recursive: true })
const only = process.argv.slice(2)
const gallery = await openGallery()
const browser = await startChromium()
try {
  await takeLogin(browser, gallery)
  for (const picture of PICTURES) {
    if (only.length === 0 || only.includes(picture.name)) await take(browser, gallery, picture)
  }
} finally {
  await browser.close()
  await gallery[Symbol.asyncDispose]()
}

async function takeLogin(browser: Browser, { url }: Gallery): Promise<void> {
  await using visit = await openVisit(browser, { url, viewport: DESK })
  await visit.page.goto('/login')
  await visit.page.getByLabel('Token').waitFor()
  await shoot(visit.page, 'login')
}

async function take(browser: Browser, { url, token }: Gallery, picture: Picture): Promise<void> {
  await using visit = await openVisit(browser, { url, viewport: DESK, ...picture.options })
  const { page } = visit
  await page.goto(`/login?next=${encodeURIComponent(picture.path)}`)
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', { name: 'Log in' }).click()
  await settled(page)
  await picture.prepare?.(page)
  await settled(page)
  await shoot(page, picture.name)
}

async function settled(page: Page): Promise<void> {
  await page.locator('main .page h1').waitFor()
  await page.locator('main .card').first().waitFor()
  await page.waitForLoadState('load')
  while ((await page.locator('main .skeleton').count()) > 0) await delay(50)
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${FOLDER}/${name}.png`, animations: 'disabled' })
}

async function openFirst(page: Page): Promise<void> {
  await page.locator('.event-link').first().click()
  await page.getByRole('tab', { name: 'ocsf' }).click()
}

async function waitForRates(page: Page): Promise<void> {
  await page
    .getByText(/events\/s|\/s$/)
    .first()
    .waitFor()
}

async function pickTwo(page: Page): Promise<void> {
  for (const at of [0, 1]) await page.getByRole('checkbox').nth(at).check()
}

async function reconcileDay(page: Page): Promise<void> {
  await page.locator('.day.complete[data-day]').nth(-3).click()
  await page.getByRole('table', { name: 'What each sink has' }).waitFor()
}
