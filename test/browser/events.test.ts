/** The events: each way to filter, the charts, an event's page, downloads, the live view, the keyboard. */
import { readFileSync } from 'node:fs'
import Papa from 'papaparse'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import type { AuditEvent } from '../../src/event.ts'
import { eventually } from '../e2e/site.ts'
import { archived, filtersOf, shownUids, showsOnly } from './list.ts'
import { stageForAll } from './stage.ts'
import { openVisit, type VisitOptions } from './visit.ts'

const on = stageForAll()
let events: AuditEvent[]
beforeAll(async () => {
  on.stage.acme.add([
    { timestamp: Math.floor(Date.now() / 1000) - 45, description: 'Fed the zebra after hours' },
  ])
  events = await eventually(async () => {
    const found = await archived(on.stage.url)
    expect(found).toHaveLength(201)
    return found
  })
})

const visiting = (options: Partial<VisitOptions> = {}) =>
  openVisit(on.browser, { url: on.stage.url, timezoneId: 'UTC', ...options })

it('shows who, what, where and when, newest first', async () => {
  await using visit = await visiting()
  await visit.page.goto('/')
  await showsOnly(visit.page, events)
  const [newest] = events
  const row = visit.page.locator('.event').first()
  const text = await row.innerText()
  for (const part of [newest?.actor.name, newest?.actor.login, newest?.actionName, newest?.sourceIp])
    expect(text).toContain(part)
  expect(await row.locator('time').getAttribute('datetime')).toBe(
    new Date((newest?.timestamp ?? 0) * 1000).toISOString(),
  )
  // A relative time is not enough to compare with another log.
  expect(await row.locator('.clock').innerText()).toMatch(/^\d+ \w{3} (\d{4} )?\d\d:\d\d:\d\d$/)
  await visit.page.getByText(/^times of \w/).waitFor()
})

it('filters by a user when the avatar is clicked, and stops when the filter is removed', async () => {
  await using visit = await visiting()
  const { page } = visit
  await page.goto('/')
  const chosen = events[1]?.actor.login ?? ''
  await page.locator('.event').nth(1).locator('.avatar').click()
  await showsOnly(
    page,
    events.filter(({ actor }) => actor.login === chosen),
  )
  expect(filtersOf(page)).toEqual({ login: chosen })
  await page.getByRole('button', { name: `Remove the filter User: ${chosen}` }).click()
  await showsOnly(page, events)
})

const operationOf = (page: Page, label: string) =>
  page.locator('.filter-panel').getByLabel(label, { exact: true })
const type = (label: string) => async (page: Page, value: string) => {
  await operationOf(page, label).fill(value)
  await operationOf(page, label).press('Enter')
}
const choose = (label: string) => async (page: Page, value: string) => {
  await operationOf(page, label).selectOption(value)
}

it.each<[string, (page: Page, value: string) => Promise<void>, (event: AuditEvent) => string | undefined]>([
  ['action', type('Action'), ({ action }) => action],
  ['category', choose('Category'), ({ category }) => category],
  ['outcome', choose('Outcome'), ({ outcome }) => (outcome === 'failure' ? outcome : undefined)],
  ['stack', type('Stack'), ({ target }) => target?.stack],
  ['address', type('Address'), ({ sourceIp }) => sourceIp],
])('filters by %s, and says so in the address', async (key, act, read) => {
  await using visit = await visiting()
  const { page } = visit
  await page.goto('/')
  await page.getByRole('button', { name: 'Filters' }).click()
  const value = events.map(read).find((it) => it !== undefined) ?? ''
  await act(page, value)
  await showsOnly(
    page,
    events.filter((event) => read(event) === value),
  )
  expect(filtersOf(page)).toEqual({ [key]: value })
})

it('filters by severity, by time and by text, and a pasted address shows the same in another browser', async () => {
  await using visit = await visiting()
  const { page } = visit
  await page.goto('/')
  await page.getByRole('button', { name: 'Filters' }).click()
  await operationOf(page, 'Severity at least').selectOption('3')
  const severe = events.filter(({ severity }) => severity >= 3)
  await showsOnly(page, severe)

  const from = (severe.at(-3)?.timestamp ?? 0) | 1
  await operationOf(page, 'From').fill(new Date(from * 1000).toISOString().slice(0, 19))
  await operationOf(page, 'From').press('Enter')
  const to = (severe[1]?.timestamp ?? 0) | 1
  await operationOf(page, 'To').fill(new Date(to * 1000).toISOString().slice(0, 19))
  await operationOf(page, 'To').press('Enter')
  const within = severe.filter(({ timestamp }) => timestamp >= from && timestamp < to)
  await showsOnly(page, within)
  expect(filtersOf(page)).toEqual({ severity: '3', from: String(from), to: String(to) })

  await using other = await visiting()
  await other.page.goto(page.url())
  await showsOnly(other.page, within)
  expect(await other.page.getByRole('list', { name: 'Active filters' }).innerText()).toContain(
    'Severity at least',
  )

  await page.getByRole('button', { name: 'Clear all' }).click()
  await page.getByLabel('Search the text of the events').fill('zebra hours')
  await showsOnly(
    page,
    events.filter(({ description }) => description.includes('zebra')),
  )
  await page.getByLabel('Time range').selectOption('1h')
  await expect.poll(() => filtersOf(page)).toEqual({ text: 'zebra hours', range: '1h' })
})

it('filters by what is clicked in the charts', async () => {
  await using visit = await visiting()
  const { page } = visit
  await page.goto('/')
  const segment = page.locator('a.segment').first()
  const [, category = '', count = ''] =
    /^(.+?): ([\d,]+),/.exec((await segment.getAttribute('aria-label')) ?? '') ?? []
  await segment.click()
  await expect.poll(() => filtersOf(page).category).toBe(category)
  const { from, to } = filtersOf(page)
  const inBar = events.filter(
    (event) => event.category === category && event.timestamp >= Number(from) && event.timestamp < Number(to),
  )
  expect(inBar).toHaveLength(Number(count))
  await showsOnly(page, inBar)

  await page.goto('/')
  await page.getByRole('region', { name: 'Most active users' }).getByRole('button').first().click()
  await expect.poll(() => Object.keys(filtersOf(page))).toEqual(['login'])
  await showsOnly(
    page,
    events.filter(({ actor }) => actor.login === filtersOf(page).login),
  )

  await page.goto('/')
  await page.getByRole('region', { name: 'Users with failures' }).getByRole('button').first().click()
  await expect.poll(() => filtersOf(page).outcome).toBe('failure')
  const { login } = filtersOf(page)
  await showsOnly(
    page,
    events.filter(({ actor, outcome }) => actor.login === login && outcome === 'failure'),
  )
})

it('shows an event: its raw record, every format, and what became of it at each sink', async () => {
  await using visit = await visiting()
  const { page } = visit
  const event = events.find(({ severity }) => severity >= 4)
  await page.goto(`/events/${event?.uid}`)
  await page.getByRole('heading', { level: 1, name: event?.actionName ?? '' }).waitFor()
  const asked: (string | null)[] = []
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url())
    if (pathname.endsWith('/formats')) asked.push(searchParams.get('format'))
  })
  const panel = page.getByRole('tabpanel').locator('pre')
  expect(JSON.parse(await panel.innerText())).toEqual(event?.raw)

  const answer = await fetch(`${on.stage.url}/api/v1/events/${event?.uid}/formats`)
  const { formats } = (await answer.json()) as { formats: { name: string; text: string }[] }
  expect(formats.length).toBeGreaterThanOrEqual(11)
  const others = formats.filter(({ name }) => name !== 'raw')
  for (const { name, text } of others) {
    await page.getByRole('tab', { name, exact: true }).click()
    await expect.poll(() => panel.textContent()).not.toBe('')
    const shown = (await panel.textContent()) ?? ''
    if (/^\s*[[{]/.test(text)) expect(JSON.parse(shown), name).toEqual(JSON.parse(text))
    else expect(shown, name).toBe(text)
  }
  // Each is fetched when its tab is opened, and only once.
  await page.getByRole('tab', { name: 'ocsf', exact: true }).click()
  await expect.poll(() => panel.textContent()).not.toBe('')
  expect(asked).toEqual(others.map(({ name }) => name))

  const deliveries = page.getByRole('table', { name: 'Where this event was delivered' })
  await expect
    .poll(() => deliveries.getByRole('row').allInnerTexts())
    .toEqual([
      expect.stringContaining('Sink'),
      expect.stringMatching(/local\s+delivered/),
      expect.stringMatching(/archive\s+delivered/),
      expect.stringMatching(/chat\s+dead letter\s+HTTP 400/),
    ])
})

it('downloads the view as CSV, NDJSON and OCSF: what the archive holds, in its order', async () => {
  await using visit = await visiting()
  const { page } = visit
  await page.goto('/?category=stacks')
  const expected = events.filter(({ category }) => category === 'stacks')
  const uids = expected.map(({ uid }) => uid)
  const csv = Papa.parse<{ UID: string; Login: string }>(await download(page, 'CSV'), {
    header: true,
    skipEmptyLines: true,
  }).data
  expect(csv.map(({ UID }) => UID)).toEqual(uids)
  expect(csv.map(({ Login }) => Login)).toEqual(expected.map(({ actor }) => actor.login))
  expect(linesOf(await download(page, 'NDJSON'))).toEqual(expected)
  const ocsf = linesOf(await download(page, 'OCSF')) as { metadata: { uid: string } }[]
  expect(ocsf.map(({ metadata }) => metadata.uid)).toEqual(uids)
})

async function download(page: Page, format: string): Promise<string> {
  await page.getByRole('button', { name: 'Download' }).click()
  const begun = page.waitForEvent('download')
  await page.locator('.menu').getByRole('link', { name: format }).click()
  // The menu is closed by the choice, and the keyboard is where it was before.
  await page.locator('.menu > ul').waitFor({ state: 'hidden' })
  expect(await page.locator('button:focus').textContent()).toBe('Download')
  return readFileSync(await (await begun).path(), 'utf8')
}

function linesOf(text: string): unknown[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

it('can be walked with the keyboard alone, from the top of the page to an event and back', async () => {
  await using visit = await visiting()
  const { page } = visit
  const focused = () => page.evaluate<string>('document.activeElement.id')
  await page.goto('/')
  await showsOnly(page, events)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect.poll(focused).toBe('main')
  for (const at of [0, 1]) {
    await page.keyboard.press('j')
    await expect.poll(focused).toBe(`what-${events[at]?.uid}`)
  }
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/events/${events[1]?.uid}`)
  await page.getByRole('heading', { level: 1, name: events[1]?.actionName ?? '' }).waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => new URL(page.url()).pathname).toBe('/')
  await showsOnly(page, events)
  await page.keyboard.press('k')
  await expect.poll(focused).toBe(`what-${events[0]?.uid}`)
  await page.keyboard.press('/')
  await page.keyboard.type('zebra')
  await expect.poll(() => filtersOf(page)).toEqual({ text: 'zebra' })
})

it('does not animate if the user prefers less motion', async () => {
  await using visit = await visiting({ reducedMotion: 'reduce' })
  const { page } = visit
  for (const path of ['/', '/components', '/backfills']) {
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await page.evaluate(MOVING), path).toEqual([])
  }
})

const MOVING = `[...document.querySelectorAll('*')].filter((element) => {
  const { animationName, transitionDuration } = getComputedStyle(element)
  return animationName !== 'none' || transitionDuration.split(',').some((each) => Number.parseFloat(each) > 0)
}).map((element) => element.outerHTML.slice(0, 100))`

// Last, because these tests add events.
it('shows a new event by itself, and to users who read further down only a notice', async () => {
  await using visit = await visiting()
  const { page } = visit
  await page.goto('/')
  await showsOnly(page, events)
  add('Arrived while one looks')
  await page.locator('.event').first().getByText('Arrived while one looks').waitFor()

  await page.mouse.wheel(0, 3_000)
  await expect.poll(() => shownUids(page)).not.toContain(events[0]?.uid)
  // The window scrolls gradually, and rows above that are drawn for the first time move the text.
  let before = 0
  await expect
    .poll(async () => {
      const last = before
      before = await page.evaluate<number>(SCROLLED)
      return before >= 3_000 && before === last
    })
    .toBe(true)
  add('Arrived while one reads')
  const pill = page.getByRole('button', { name: '1 new' })
  await pill.waitFor()
  expect(await page.evaluate<number>('window.scrollY')).toBe(before)
  expect(await page.getByText('Arrived while one reads').count()).toBe(0)
  await pill.click()
  await page.locator('.event').first().getByText('Arrived while one reads').waitFor()
})

/** Waits for two frames. */
const SCROLLED =
  'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(window.scrollY))))'

function add(description: string): void {
  on.stage.acme.add([{ timestamp: Math.floor(Date.now() / 1000), description }])
}
