/** What holds for every page of the console: nothing from elsewhere, nothing for axe, no width too small or too large. */
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
  // Refused by `chat`: it has the longest tale to tell.
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

it.each([360, 1280, 3840])(
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

/** How far the page can be scrolled to the side. */
const BEYOND = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

async function shown(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
  await expect.poll(() => page.getByText(/^Loading/).count(), { timeout: 30_000 }).toBe(0)
  if (page.url().includes('/events/'))
    await page.getByRole('table', { name: 'Where this event was delivered' }).waitFor()
}

it('needs less than 200 kB of script', () => {
  expect(gzipSync(readFileSync('src/console/dist/app.js')).length).toBeLessThan(200_000)
})
