/** Events with texts that nobody in their right mind would write: endless names, texts that reverse themselves. */
import { beforeAll, expect, it } from 'vitest'
import type { AuditEvent } from '../../src/event.ts'
import { eventually } from '../e2e/site.ts'
import { archived } from './list.ts'
import { stageForAll } from './stage.ts'
import { openVisit } from './visit.ts'

const EVENTS = 20
/** Reads as `exe.png` wherever the control characters take effect. */
const TURNED = '\u202egnp.exe'
const LARGE = 'large '.repeat(20_000).trim()
const LONG = 'l'.repeat(504)
const STACK = `acme/${'p'.repeat(720)}/${'s'.repeat(720)}`

const on = stageForAll({ events: EVENTS })
let long: AuditEvent
let turned: AuditEvent
let large: AuditEvent
beforeAll(async () => {
  const timestamp = Math.floor(Date.now() / 1000) - 45
  on.stage.acme.add([
    {
      timestamp,
      description: LARGE,
      user: { name: 'name '.repeat(1_000), githubLogin: 'large', avatarUrl: '' },
    },
    {
      timestamp,
      description: `Exported ${TURNED}`,
      user: { name: TURNED, githubLogin: TURNED, avatarUrl: '' },
    },
    {
      timestamp,
      event: 'stack-created',
      description: `Created stack "${STACK}"`,
      user: { name: 'n'.repeat(400), githubLogin: LONG, avatarUrl: '' },
      tokenID: 'i'.repeat(500),
      tokenName: 't'.repeat(500),
      authFailure: true,
    },
  ])
  ;[long, turned, large] = await eventually(async () => {
    const found = await archived(on.stage.url)
    expect(found).toHaveLength(EVENTS + 3)
    const those = [LONG, TURNED, 'large'].flatMap((login) =>
      found.filter(({ actor }) => actor.login === login),
    )
    expect(those[0]?.target?.stack).toHaveLength(720)
    return those as [AuditEvent, AuditEvent, AuditEvent]
  })
})

it.each([360, 1280, 3840])(
  'scrolls no page of %i pixels sideways, however long the names are',
  async (width) => {
    await using visit = await openVisit(on.browser, { url: on.stage.url, viewport: { width, height: 900 } })
    const { page } = visit
    const findings: string[] = []
    for (const path of ['/', `/?${new URLSearchParams({ login: LONG })}`, `/events/${long.uid}`]) {
      await page.goto(path)
      await page.getByText(LONG).first().waitFor()
      const overview = page.getByText(/^Overview/)
      if (path.startsWith('/?') && width < 720) await overview.click()
      await expect.poll(() => page.getByText(/^Loading/).count()).toBe(0)
      const beyond = await page.evaluate<number>(BEYOND)
      if (beyond > 0) findings.push(`${path.slice(0, 20)}: ${beyond} pixels too wide`)
    }
    expect(findings).toEqual([])
  },
)

/** How far the page can be scrolled sideways. */
const BEYOND = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** Words of times that go on in the next line. */
const BROKEN = `[...document.querySelectorAll('.clock')].flatMap(({ firstChild: text }) =>
  [...text.data.matchAll(/\\S+/g)].filter(({ 0: word, index }) => {
    const range = document.createRange()
    range.setStart(text, index)
    range.setEnd(text, index + word.length)
    return range.getClientRects().length > 1
  }).map(([word]) => word))`

it('keeps every column of the dead letters within a window of 768 pixels, however long a login is', async () => {
  await using visit = await openVisit(on.browser, {
    url: on.stage.url,
    viewport: { width: 768, height: 900 },
  })
  const { page } = visit
  const letter = { id: '1', sink: 'chat', source: 'acme', uid: long.uid, at: new Date().toISOString() }
  const refusal = { attempts: 1, reason: 'HTTP 400: no', answer: '', state: 'parked', event: long }
  await page.route('**/api/v1/dead-letters*', (route) =>
    route.fulfill({ json: { deadLetters: [{ ...letter, ...refusal }] } }),
  )
  await page.goto('/dead-letters')
  await page.getByText(LONG.slice(0, 500)).waitFor()
  const frame = page.locator('.letters .table-frame')
  expect(await frame.evaluate((it) => it.scrollWidth - it.clientWidth)).toBe(0)
  expect(await page.evaluate<string[]>(BROKEN)).toEqual([])
})

it('shows the beginning of a very long text, and all of it when asked', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  await page.goto(`/?${new URLSearchParams({ login: 'large' })}`)
  const row = page.locator('.event').first()
  await row.waitFor()
  expect((await row.innerHTML()).length).toBeLessThan(10_000)

  await page.goto(`/events/${large.uid}`)
  const [description, record] = [page.locator('.description'), page.getByRole('tabpanel').locator('pre')]
  await description.waitFor()
  expect(((await page.locator('.who-text').textContent()) ?? '').length).toBeLessThan(2_100)
  for (const place of [description, record]) {
    expect(((await place.textContent()) ?? '').length).toBeLessThan(20_100)
    await place.getByRole('button', { name: /^Show all 1\d\d,\d{3} characters$/ }).click()
  }
  expect(await description.textContent()).toBe(LARGE)
  // A list truncates it; its own page shows all of it.
  const answer = await fetch(`${on.stage.url}/api/v1/events/${large.uid}`)
  const { event } = (await answer.json()) as { event: AuditEvent }
  expect(event.raw).toMatchObject({ description: LARGE })
  expect(JSON.parse((await record.textContent()) ?? '')).toEqual(event.raw)
  await page.getByRole('tab', { name: 'cef', exact: true }).click()
  const length = async () => ((await record.textContent()) ?? '').length
  await expect.poll(length).toBeGreaterThan(20_000)
  expect(await length()).toBeLessThan(20_100)
})

it('shows in the navigation of a narrow window which page it is', async () => {
  await using visit = await openVisit(on.browser, {
    url: on.stage.url,
    viewport: { width: 360, height: 900 },
  })
  const { page } = visit
  await page.goto('/')
  for (const name of ['Trail', 'Events']) {
    await page.goto(name === 'Trail' ? '/trail' : '/')
    await page.getByRole('heading', { level: 1, name }).waitFor()
    const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true })
    await expect
      .poll(async () => {
        const box = await link.boundingBox()
        return box !== null && box.x >= 0 && box.x + box.width <= 360
      })
      .toBe(true)
  }
})

it('reverses no text: characters that would are visible', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  const marked = '⟨U+202E⟩gnp.exe'
  await page.goto(`/?${new URLSearchParams({ login: TURNED })}`)
  await page.locator('.event', { hasText: `Exported ${marked}` }).waitFor()
  await page.getByRole('button', { name: `Remove the filter User: ${marked}` }).waitFor()
  await expect.poll(() => page.locator('.top-values').first().innerText()).toContain(marked)
  expect(await page.evaluate<string>(SEEN)).not.toContain('\u202e')

  await page.goto(`/events/${turned.uid}`)
  await page.getByText(`Exported ${marked}`).waitFor()
  const record = await page.getByRole('tabpanel').locator('pre').innerText()
  expect(record).toContain('Exported \\u202egnp.exe')
  expect(JSON.parse(record)).toEqual(turned.raw)
  for (const name of ['native', 'cef', 'csv']) {
    await page.getByRole('tab', { name, exact: true }).click()
    await expect.poll(() => page.getByRole('tabpanel').innerText()).toContain('Exported \\u202egnp.exe')
  }
  expect(await page.evaluate<string>(SEEN)).not.toContain('\u202e')
})

const SEEN = `document.body.innerText + [...document.querySelectorAll('[title]')].map(({ title }) => title).join()`

it('names a few of many components that need a look, and all of them when asked', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  await page.route('**/api/v1/status', async (route) => {
    const response = await route.fetch()
    const status = await response.json()
    for (let at = 0; at < 40; at += 1) {
      status.sinks[`sink-${at}`] = { ...status.sinks.chat, state: 'paused', reason: '401 unauthorized' }
    }
    await route.fulfill({ response, json: status })
  })
  await page.goto('/components')
  const trouble = page.getByRole('region', { name: 'What needs a look' })
  const named = trouble.getByRole('button', { name: /paused/ })
  await expect.poll(() => named.count()).toBe(12)
  await trouble.getByRole('button', { name: /^and \d+ more$/ }).click()
  await expect.poll(() => named.count()).toBeGreaterThanOrEqual(40)
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Show fewer')
})

it('lets an operator try at once what paused by itself', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  await page.route('**/api/v1/status', async (route) => {
    const response = await route.fetch()
    const status = await response.json()
    Object.assign(status.sinks.chat, { state: 'paused', reason: 'HTTP 403', pausedByOperator: false })
    await route.fulfill({ response, json: status })
  })
  await page.goto('/components')
  await page.getByRole('button', { name: 'Try now chat' }).click()
  await page.getByText('chat is tried again now.').waitFor()
})

it('says once that the engine does not answer', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  visit.expectFault(/ERR_FAILED|requestfailed|healthz|status/)
  await page.goto('/components')
  await page.getByRole('heading', { name: 'chat' }).waitFor()
  for (const path of ['**/healthz', '**/api/v1/status']) await page.route(path, (route) => route.abort())
  await page.getByText(/this page goes on by itself/).waitFor()
  // The next answers of both are awaited.
  await page.waitForEvent('requestfailed', (request) => request.url().endsWith('/status'))
  await expect.poll(() => page.getByText(/engine does not answer/i).count()).toBe(1)
})

it('fills no phone with the name of an action', async () => {
  const viewport = { width: 360, height: 800 }
  await using visit = await openVisit(on.browser, { url: on.stage.url, viewport })
  const link = visit.page.locator('.event-link').first()
  await visit.page.goto('/')
  await link.waitFor()
  const height = await link.evaluate((it) => {
    it.textContent = 'n'.repeat(500)
    return it.getBoundingClientRect().height
  })
  expect(height).toBeLessThan(70)
})
