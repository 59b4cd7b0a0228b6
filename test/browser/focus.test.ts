/** Where the focus is after something was done with the keyboard alone: where the user goes on, never nowhere. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { eventually } from '../e2e/site.ts'
import { visitAs } from './log-in.ts'
import { OPERATOR, stageForAll } from './stage.ts'

const on = stageForAll({ users: true })

const focused = (page: Page) =>
  page.evaluate<string>(
    "document.activeElement.id || document.activeElement.getAttribute('aria-label') || document.activeElement.textContent",
  )

async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name, exact: true }).first().focus()
  await page.keyboard.press('Enter')
}

/** Once its action is over: until then a button keeps the focus and does nothing. */
async function pressFocused(page: Page): Promise<void> {
  await page.locator(':focus[aria-disabled="true"]').waitFor({ state: 'detached' })
  await page.keyboard.press('Enter')
}

it('stays on the button that pauses and resumes', async () => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/components')
  const { page } = visit
  await press(page, 'Pause acme')
  await page.getByText('acme is paused: polling stands still.').waitFor()
  await expect.poll(() => focused(page)).toBe('Resume acme')
  await pressFocused(page)
  await page.getByText('acme goes on with polling.').waitFor()
  await expect.poll(() => focused(page)).toBe('Pause acme')

  await press(page, 'Pause local')
  await page.getByRole('dialog').getByRole('button', { name: 'Pause local' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('local is paused: delivery stands still.').waitFor()
  await expect.poll(() => focused(page)).toBe('Resume local')
  await pressFocused(page)
  await page.getByText('local goes on with delivery.').waitFor()
  await press(page, 'Send test event to local')
  await page.getByText('local took a test event').waitFor()
  await expect.poll(() => focused(page)).toBe('Send test event to local')

  await press(page, 'Dismiss this message')
  await expect.poll(() => focused(page)).toBe('main')
})

it('stays on the tools of the dead letters, and moves to the page when there are none left', async () => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/dead-letters')
  const { page } = visit
  await page.getByRole('checkbox').first().focus()
  await page.keyboard.press('Space')
  await press(page, 'Drop…')
  await page.getByRole('dialog').getByRole('button', { name: 'Drop 1 dead letter' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('1 dead letter dropped.').waitFor()
  await page.getByText('None picked').waitFor()
  await expect.poll(() => focused(page)).toBe('Drop…')

  on.stage.tap.status = 200
  await press(page, /^Pick all/)
  await press(page, 'Retry')
  await page.getByText(/queued to be sent again/).waitFor()
  await eventually(() => page.reload().then(() => page.getByText('No dead letters').waitFor()))
})

it('moves on when the last dead letter is gone', async () => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/dead-letters')
  const { page } = visit
  await page.route('**/api/v1/dead-letters?*', (route) => route.fulfill({ json: { deadLetters: [LETTER] } }))
  await page.reload()
  await press(page, /^Pick all/)
  await page.route('**/api/v1/dead-letters/retry', (route) => route.fulfill({ json: { queued: 1 } }))
  await page.route('**/api/v1/dead-letters?*', (route) => route.fulfill({ json: { deadLetters: [] } }))
  await press(page, 'Retry')
  await page.getByText('No dead letters').waitFor()
  expect(await focused(page)).toBe('main')
})

it('moves to the next filter when one is removed, and to the page with the last', async () => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/?severity=2&outcome=success')
  const { page } = visit
  await press(page, 'Remove the filter Outcome: success')
  await expect.poll(() => focused(page)).toBe('Remove the filter Severity at least: low')
  await page.keyboard.press('Enter')
  await expect.poll(() => focused(page)).toBe('main')
})

it.each([
  [
    'the skip link was followed',
    '/',
    async (page: Page) => {
      await page.getByRole('link', { name: 'Skip to the content' }).focus()
      await page.keyboard.press('Enter')
    },
  ],
  [
    'one went back to other filters',
    '/?severity=2',
    async (page: Page) => {
      await press(page, 'Clear all')
      await expect.poll(() => page.url()).not.toContain('severity')
      await page.goBack()
      await expect.poll(() => page.url()).toContain('severity')
    },
  ],
])('starts the next page at its content, after %s', async (_, path, before) => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, path)
  const { page } = visit
  await page.locator('.event').first().waitFor()
  await before(page)
  await page.getByRole('link', { name: 'Ledger', exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Ledger' }).waitFor()
  expect(await focused(page)).toBe('main')
})

it('comes back to the row that the user left from, and on other pages to their content', async () => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/')
  const { page } = visit
  await page.locator('.event').first().waitFor()
  for (let row = 0; row < 30; row++) await page.keyboard.press('j')
  expect(await page.evaluate<number>(POSITION)).toBe(30)
  const left = await focused(page)
  expect(left).toMatch(/^what-/)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Deliveries' }).waitFor()
  await page.goBack()
  await expect.poll(() => focused(page)).toBe(left)
  await page.keyboard.press('j')
  expect(await page.evaluate<number>(POSITION)).toBe(31)

  for (const name of ['Ledger', 'Components']) {
    await page.getByRole('link', { name, exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name }).waitFor()
  }
  await press(page, 'Pause acme')
  await page.getByText('acme is paused: polling stands still.').waitFor()
  await press(page, 'Resume acme')
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'Ledger' }).waitFor()
  expect(await focused(page)).toBe('main')
})

it('opens the row that the keys led to, and comes back to it, before the window is painted', async () => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/')
  const { page } = visit
  await page.addInitScript('window.requestAnimationFrame = () => 0')
  await page.reload()
  const rows = page.locator('.event-link')
  const third = await rows.nth(2).getAttribute('id')
  for (const key of ['j', 'j', 'j', 'Enter']) await page.keyboard.press(key)
  await page.getByRole('heading', { name: 'Deliveries' }).waitFor()
  expect(`what-${page.url().split('/').at(-1)}`).toBe(third)
  await page.goBack()
  await rows.first().waitFor()
  expect(await focused(page)).toBe(third)
})

it('comes back to a row of a later page before the scroll event', async () => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/')
  const { page } = visit
  await page.locator('.event').first().waitFor()
  await page.evaluate('scrollTo(0, 4700)')
  await page.locator('.event[aria-setsize="200"]').first().waitFor()
  await page.evaluate('scrollTo(0, 7400)')
  await page.locator('[aria-posinset="150"] .event-link').focus()
  const left = await focused(page)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Deliveries' }).waitFor()
  await page.evaluate("addEventListener('scroll', (it) => it.stopImmediatePropagation(), { capture: true })")
  const following = page.waitForResponse(/events\/stream/)
  const first = page.waitForResponse(/events\?limit=100$/)
  await page.goBack()
  await Promise.all([following, first])
  // By now everything that follows from the answers is drawn.
  await page.evaluate('new Promise((done) => setTimeout(done, 200))')
  expect(await focused(page)).toBe(left)
})

it('leads from a component in trouble to its card', async () => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/components')
  const { page } = visit
  await press(page, 'Pause acme')
  const trouble = page.getByRole('region', { name: 'What needs a look' })
  await trouble.getByRole('button', { name: /acme/ }).focus()
  await page.keyboard.press('Enter')
  expect(await focused(page)).toBe('source-acme')
  await press(page, 'Resume acme')
  await expect.poll(() => trouble.count()).toBe(0)
})

it.each([
  ['Try now', 'Try now acme'],
  ['What needs a look', /^acme/],
])('moves to the card when the component works again, from “%s”', async (_, name) => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/components')
  const { page } = visit
  let works = false
  await page.route('**/api/v1/status', async (route) => {
    const response = await route.fetch()
    const json = await response.json()
    if (!works) json.sources.acme.state = 'paused'
    await route.fulfill({ response, json })
  })
  const button = page.getByRole('button', { name })
  await button.focus()
  works = true
  await button.waitFor({ state: 'detached' })
  expect(await focused(page)).toBe('source-acme')
})

/** Position of the focused row, from 1. */
const POSITION = "Number(document.activeElement.closest('.event')?.getAttribute('aria-posinset'))"

const LETTER = {
  ...{ id: 'a1', sink: 'chat', source: 'acme', uid: 'u1', at: Date.now(), attempts: 1, reason: 'HTTP 400' },
  ...{ answer: '', state: 'parked', event: { actionName: 'Stack Deleted', description: '' } },
}
