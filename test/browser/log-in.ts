/** Logs in with a token, as a person does. */
import type { Browser, Page } from 'playwright-core'
import { openVisit, type Visit } from './visit.ts'

/** Starts on the login page. */
export async function logIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', { name: 'Log in' }).click()
}

/** A visit that is logged in and on the page `path`. */
export async function visitAs(browser: Browser, url: string, token: string, path: string): Promise<Visit> {
  const visit = await openVisit(browser, { url })
  await visit.page.goto(`/login?next=${encodeURIComponent(path)}`)
  await logIn(visit.page, token)
  await visit.page.getByRole('navigation', { name: 'Pages' }).waitFor()
  return visit
}
