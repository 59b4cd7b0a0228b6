/** Dialogs, menus and the login page: nothing in them overlaps or is cut off, and axe finds nothing. */
import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { axeFindings } from './axe.ts'
import { illegibleText } from './illegible.ts'
import { OPERATOR, stageForAll } from './stage.ts'
import { openVisit } from './visit.ts'

const on = stageForAll({ users: true })

const DIALOG = 'dialog[open]'

/** Where it is, how it is opened, and which element it is. */
const OVERLAYS: readonly (readonly [path: string, opener: (page: Page) => Locator, overlay: string])[] = [
  ['/', (page) => page.getByRole('button', { name: 'Keyboard shortcuts' }), DIALOG],
  ['/', (page) => page.getByRole('button', { name: 'Download' }), '.menu > ul:not([hidden])'],
  ['/', (page) => page.getByRole('button', { name: /^Filters?/ }), '.filter-panel'],
  ['/components', (page) => page.getByRole('button', { name: 'Pause chat' }), DIALOG],
  ['/dead-letters', (page) => page.locator('.link.title').first(), DIALOG],
  ['/backfills', (page) => page.locator('.button.main.push'), DIALOG],
]

it.each([360, 1280, 3840])(
  'every dialog and menu fits into %i pixels, and its texts can be read',
  async (width) => {
    const viewport = { width, height: 740 }
    await using visit = await openVisit(on.browser, { url: on.stage.url, viewport, reducedMotion: 'reduce' })
    visit.expectFault(/401/)
    const { page } = visit
    const findings: string[] = []
    const look = async (what: string, overlay: string) => {
      const found = await illegibleText(page, overlay)
      const faults = await axeFindings(page)
      findings.push(...[...found, ...faults].map((it) => `${width} ${what}: ${it}`))
    }
    await page.goto('/login')
    await page.getByLabel('Token').waitFor()
    await look('/login', 'body')
    await page.getByLabel('Token').fill('wrong-0123456789abcdef')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.locator('.problem:not(:empty)').waitFor()
    await look('/login, refused', 'body')
    await page.getByLabel('Token').fill(OPERATOR)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    for (const [path, opener, overlay] of OVERLAYS) {
      await page.goto(path)
      await opener(page).click()
      await page.locator(overlay).waitFor()
      const what = `${path} ${opener(page)}`
      await look(what, overlay)
      const { height = 0, y = 0 } = (await page.locator(overlay).boundingBox()) ?? {}
      if (overlay === DIALOG && (y < 0 || y + height > viewport.height))
        findings.push(`${width} ${what}: too high`)
    }
    expect(findings).toEqual([])
  },
  240_000,
)
