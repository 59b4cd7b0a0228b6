/** Pages in the background: an analyst keeps many open, and returns to each. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { eventually } from '../e2e/site.ts'
import { archived, shownUids, showsOnly } from './list.ts'
import { stageForAll } from './stage.ts'
import { openVisit } from './visit.ts'

/** Without TLS browsers open no more connections to one server, however many pages there are. */
const CONNECTIONS_MOST = 6

const on = stageForAll()

it('leaves a connection to the page in front, however many others are open', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  for (let at = 0; at < CONNECTIONS_MOST; at += 1) {
    const page = at === 0 ? visit.page : await visit.context.newPage()
    await page.goto('/')
    await page.getByRole('button', { name: 'Live view: live' }).waitFor()
    await turn(page, 'hidden')
  }
  const last = await visit.context.newPage()
  await last.goto('/')
  await showsOnly(last, await archived(on.stage.url))
})

it('shows everything that was archived meanwhile, also if that is more than a page, or older', async () => {
  // Tall enough that every row is in the page.
  const viewport = { width: 1280, height: 24_000 }
  await using visit = await openVisit(on.browser, { url: on.stage.url, viewport })
  const { page } = visit
  await page.goto('/')
  const before = await archived(on.stage.url)
  await expect.poll(() => shownUids(page)).toHaveLength(before.length)
  await page.getByRole('button', { name: 'Live view: live' }).waitFor()
  await turn(page, 'hidden')
  const now = Math.floor(Date.now() / 1000)
  const fresh = Array.from({ length: 150 }, (_, index) => ({
    timestamp: now,
    description: `Meanwhile ${index}`,
  }))
  on.stage.acme.add([...fresh, { timestamp: now - 600, description: 'Late' }])
  const after = await eventually(async () => {
    const found = await archived(on.stage.url)
    expect(found).toHaveLength(before.length + 151)
    return found
  })
  await turn(page, 'visible')
  await expect.poll(() => shownUids(page)).toEqual(after.map(({ uid }) => uid))
})

it('goes on by keys from the same row, although more than a page was archived while an event was read', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  await page.goto('/')
  const before = await archived(on.stage.url)
  await page.locator('.event').first().waitFor()
  for (const key of ['j', 'j', 'Enter']) await page.keyboard.press(key)
  await page.waitForURL(`**/events/${before[1]?.uid}`)
  const now = Math.floor(Date.now() / 1000)
  on.stage.acme.add(Array.from({ length: 110 }, (_, at) => ({ timestamp: now, description: `Flood ${at}` })))
  const after = await eventually(async () => {
    const found = await archived(on.stage.url)
    expect(found).toHaveLength(before.length + 110)
    return found
  })
  await page.goBack()
  // The list was fetched again, and the row is now beyond its first page.
  await expect.poll(async () => (await shownUids(page))[0]).toBe(after[0]?.uid)
  await page.keyboard.press('j')
  const at = () => page.evaluate<string>('document.activeElement.id')
  await expect.poll(at).toBe(`what-${after[99]?.uid}`)
  await page.locator('.event[aria-posinset="101"]').waitFor()
  await page.keyboard.press('j')
  await expect.poll(at).toBe(`what-${after[100]?.uid}`)
})

/** Without windows, a browser considers every page visible. */
async function turn(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' })
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${state === 'hidden'} })
    document.dispatchEvent(new Event('visibilitychange'))
  `)
}
