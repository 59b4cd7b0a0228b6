/** After a refused login at the identity provider: the page that says why looks like the console, and leads on. */
import { expect, it } from 'vitest'
import { freePort } from '../loopback.ts'
import { startAccess, USERS } from '../server/access-rig.ts'
import { oidcConfig } from '../server/oidc-rig.ts'
import { axeFindings } from './axe.ts'
import { illegibleText } from './illegible.ts'
import { browserForAll } from './stage.ts'
import { openVisit } from './visit.ts'

const on = browserForAll()

it.each(['light', 'dark'] as const)(
  'says why and leads on, in the looks of the console, %s',
  async (scheme) => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    // Nothing listens there.
    await startAccess({ ...USERS, port, publicUrl: url, oidc: oidcConfig('http://127.0.0.1:9') })
    await using visit = await openVisit(on.browser, {
      url,
      colorScheme: scheme,
      viewport: { width: 360, height: 740 },
    })
    visit.expectFault(/40[01]|503/)
    const { page } = visit
    const answer = await page.goto('/auth/callback?code=1')
    expect(answer?.status()).toBe(400)
    expect(answer?.headers()['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'self'; img-src 'self'; /,
    )
    await page.getByText('this login was not begun in this browser').waitFor()
    expect(await axeFindings(page)).toEqual([])
    expect(await illegibleText(page)).toEqual([])
    expect(await page.evaluate<number>(BEYOND)).toBe(0)
    const refused = await page.evaluate<string[]>(LOOKS)
    await page.getByRole('link', { name: 'Try again' }).click()
    await page.waitForURL('**/auth/login')
    await page.getByText('the identity provider http://127.0.0.1:9').waitFor()
    await page.getByRole('link', { name: 'Other ways to log in' }).click()
    await page.getByRole('heading', { name: 'Log in to auditferry' }).waitFor()
    await page.getByLabel('Token').waitFor()
    expect(await page.evaluate<string[]>(LOOKS)).toEqual(refused)
  },
)

const BEYOND = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
/** Background, font and border. */
const LOOKS = `[document.documentElement, document.querySelector('.login > .card')].flatMap((it) => {
  if (it === null) return ['none']
  const { backgroundColor, color, fontFamily, borderColor, borderRadius, width } = getComputedStyle(it)
  return [backgroundColor, color, fontFamily, borderColor, borderRadius, width]
})`
