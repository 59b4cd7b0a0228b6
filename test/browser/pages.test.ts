/**
 * Rules for every page of the console: nothing is loaded from elsewhere, axe finds nothing, and no width is too small
 * or too large.
 */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { axeFindings } from './axe.ts'
import { illegibleText } from './illegible.ts'
import { archived } from './list.ts'
import { stageForAll } from './stage.ts'
import { openVisit } from './visit.ts'

const PAGES = [
  ['/', 'Events'],
  ['/components', 'Components'],
  ['/dead-letters', 'Dead letters'],
  ['/ledger', 'Ledger'],
  ['/backfills', 'Backfills'],
  ['/trail', 'Trail'],
] as const

const on = stageForAll()
let pages: (readonly [path: string, title: string])[]
beforeAll(async () => {
  // Refused by `chat`: its page has the most to say.
  const severe = (await archived(on.stage.url)).find(({ severity }) => severity >= 4)
  pages = [...PAGES, [`/events/${severe?.uid}`, severe?.actionName ?? '']]
})

it.each(['light', 'dark'] as const)(
  'shows every page without a fault or a finding of axe, in %s',
  async (colorScheme) => {
    await using visit = await openVisit(on.browser, {
      url: on.stage.url,
      colorScheme,
      reducedMotion: 'reduce',
    })
    const { page } = visit
    const findings: string[] = []
    for (const [path, title] of pages) {
      await page.goto(path)
      await shown(page, title)
      findings.push(...(await axeFindings(page)).map((finding) => `${path} ${finding}`))
    }
    expect(findings).toEqual([])
  },
  240_000,
)

it.each([320, 360, 1280, 3840])(
  'fits into %i pixels, and every text can be read',
  async (width) => {
    await using visit = await openVisit(on.browser, { url: on.stage.url, viewport: { width, height: 900 } })
    const { page } = visit
    const findings: string[] = []
    for (const [path, title] of pages) {
      await page.goto(path)
      await shown(page, title)
      const beyond = await page.evaluate<number>(BEYOND)
      const icon = (await page.locator('.top svg').first().boundingBox())?.width ?? 0
      const text = Number.parseFloat(
        await page.evaluate('getComputedStyle(document.documentElement).fontSize'),
      )
      if (Math.abs(icon / text - 8 / 7) > 0.05) findings.push(`${path}: icons of ${icon} pixels`)
      if (beyond > 0) findings.push(`${path}: ${beyond} pixels too wide`)
      findings.push(...(await illegibleText(page)).map((finding) => `${path}: ${finding}`))
    }
    expect(findings).toEqual([])
  },
  240_000,
)

it('is printed in the colours of paper, even if the dark theme was chosen', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url, colorScheme: 'dark' })
  const { page } = visit
  await page.goto('/')
  await page.evaluate('document.documentElement.dataset.theme = "dark"')
  const colour = () => page.evaluate('getComputedStyle(document.body).color')
  expect(await colour()).toBe('rgb(230, 238, 237)')
  await page.emulateMedia({ media: 'print' })
  expect(await colour()).toBe('rgb(18, 32, 31)')
})

/** How far the page can be scrolled sideways. */
const BEYOND = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

async function shown(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
  await expect.poll(() => page.getByText(/^Loading/).count()).toBe(0)
  if (page.url().includes('/events/'))
    await page.getByRole('table', { name: 'Where this event was delivered' }).waitFor()
}

it('says that an address leads nowhere, in the console’s style, and leads back', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  visit.expectFault(/404/)
  const { page } = visit
  const answer = await page.goto('/setings/users?tab=1')
  expect(answer?.status()).toBe(404)
  await page.getByRole('heading', { level: 1, name: 'No such page' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('link', { name: 'Back to the events' }).click()
  await shown(page, 'Events')
  const ask = (path: string, init: RequestInit) => fetch(on.stage.url + path, init)
  const html = { accept: 'text/html,*/*' }
  for (const [path, init] of [
    ['/setings', {}],
    ['/setings', { method: 'POST', headers: html }],
    ['/api/v1/nothing', { headers: html }],
  ] as const) {
    const plain = await ask(path, init)
    expect([plain.status, plain.headers.get('content-type')]).toEqual([
      404,
      'application/json; charset=utf-8',
    ])
  }
})

it('shows in forced colours which page it is, and which colour of the chart stands for what', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url, forcedColors: 'active' })
  const { page } = visit
  await page.goto('/')
  await shown(page, 'Events')
  const [here, ...others] = await page.evaluate<string[]>(PLACES)
  expect(others.length).toBeGreaterThan(3)
  expect(others).not.toContain(here)
  const grounds = await page.evaluate<string[]>(SWATCHES)
  expect(grounds.length).toBeGreaterThan(1)
  expect(new Set(grounds).size).toBe(grounds.length)
})

it('computes how long ago something was at the moment at which it says so', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  await page.clock.install()
  const answer = await fetch(`${on.stage.url}/api/v1/status`)
  const status = (await answer.json()) as { sources: Record<string, object> }
  const ahead = { ms: 0 }
  await page.route('**/api/v1/status', async (route) => {
    const lastPoll = new Date(Date.now() + ahead.ms).toISOString()
    await route.fulfill({ json: { ...status, sources: { acme: { ...status.sources.acme, lastPoll } } } })
  })
  await page.goto('/components')
  const lastPoll = page.locator('dt:text-is("Last poll") + dd')
  await expect.poll(() => lastPoll.innerText()).toBe('now')
  ahead.ms = 15_000
  const next = page.waitForResponse('**/api/v1/status')
  await page.clock.fastForward(ahead.ms)
  await next
  await expect.poll(() => lastPoll.locator('time').getAttribute('datetime')).toSatisfy(isAhead)
  expect(await lastPoll.innerText()).toBe('now')
})

/** The line under each link, the first of which is the current page. */
const PLACES =
  "[...document.querySelectorAll('.places a')].map((it) => getComputedStyle(it).borderBottomColor)"
const SWATCHES =
  "[...document.querySelectorAll('.legend .swatch')].map((it) => getComputedStyle(it).backgroundColor)"

/** Whether it names what was fetched last. */
function isAhead(at: string): boolean {
  return Date.parse(at) - Date.now() > 5_000
}

it('needs less than 200 kB of script', () => {
  expect(gzipSync(readFileSync('src/console/dist/app.js')).length).toBeLessThan(200_000)
})
