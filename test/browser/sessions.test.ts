/** What happens to a page whose session ends, or passes to someone else in another tab, in the middle of work. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { logIn, visitAs } from './log-in.ts'
import { OPERATOR, stageForAll, VIEWER } from './stage.ts'
import type { Visit } from './visit.ts'

const on = stageForAll({ users: true, events: 20 })

const operatorAt = (path: string) => visitAs(on.browser, on.stage.url, OPERATOR, path)

/** Delays the page's own regular requests until `act` is done: otherwise they would notice the ended session first. */
async function undisturbed(page: Page, act: () => Promise<unknown>): Promise<void> {
  const { promise: done, resolve: release } = Promise.withResolvers<void>()
  await page.route('**/api/**', async (route) => {
    if (route.request().method() === 'GET') await done
    await route.continue()
  })
  await act()
  release()
  await page.unrouteAll({ behavior: 'wait' })
}

/** As another tab of the same browser does: between logout and login the session belongs to nobody. */
function logInElsewhere({ context, page }: Visit, token: string): Promise<void> {
  return undisturbed(page, async () => {
    const tab = await context.newPage()
    await tab.goto('/components')
    await tab.getByRole('button', { name: 'Log out' }).click()
    await logIn(tab, token)
    await tab.getByRole('navigation', { name: 'Pages' }).waitFor()
    await tab.close()
  })
}

it('asks for a login once when the session has ended, and returns to the same page', async () => {
  await using visit = await operatorAt('/')
  visit.expectFault(/401/)
  const { page, context } = visit
  await page.locator('.event').first().waitFor()
  const logins: string[] = []
  page.on('framenavigated', (frame) => {
    if (new URL(frame.url()).pathname === '/login') logins.push(frame.url())
  })
  await undisturbed(page, async () => {
    await context.clearCookies()
    await page.locator('.event .avatar').first().click()
  })
  await page.getByRole('heading', { name: 'Log in to auditferry' }).waitFor()
  await logIn(page, OPERATOR)
  await expect.poll(() => new URL(page.url()).search).toMatch(/^\?login=./)
  await page.locator('.event').first().waitFor()
  // If the page led to the login and the login back to the page, this would repeat hundreds of times.
  expect(logins).toHaveLength(1)
})

it('asks for a login when an action finds the session ended', async () => {
  await using visit = await operatorAt('/components')
  visit.expectFault(/401/)
  const { page, context } = visit
  const test = page.getByRole('button', { name: 'Send test event to local' })
  await test.waitFor()
  await undisturbed(page, async () => {
    await context.clearCookies()
    await test.click()
    await page.waitForURL('**/login?*')
  })
  await page.getByRole('heading', { name: 'Log in to auditferry' }).waitFor()
  await logIn(page, OPERATOR)
  await test.waitFor()
})

it('goes on if the same person has logged in again in another tab', async () => {
  await using visit = await operatorAt('/components')
  visit.expectFault(/403/)
  const { page } = visit
  const test = page.getByRole('button', { name: 'Send test event to local' })
  await test.waitFor()
  await logInElsewhere(visit, OPERATOR)
  await test.click()
  await page.getByText('local took a test event').waitFor()
})

it('does nothing in the name of somebody else who has logged in in another tab, and shows who that is', async () => {
  await using visit = await operatorAt('/components')
  visit.expectFault(/403/)
  const { page } = visit
  const test = page.getByRole('button', { name: 'Send test event to local' })
  await test.waitFor()
  await logInElsewhere(visit, VIEWER)
  await test.click()
  await page.getByText('nothing was done: vera (viewer) is logged in here by now').waitFor()
  await page.getByText('vera viewer').waitFor()
  await expect.poll(() => test.count()).toBe(0)
})
