/** Filters at their limits: actors that can hardly be named, impossible filters, and answers that don't come. */
import { beforeAll, expect, it } from 'vitest'
import type { AuditEvent } from '../../src/event.ts'
import { eventually } from '../e2e/site.ts'
import { archived, filtersOf, showsOnly } from './list.ts'
import { stageForAll } from './stage.ts'
import { openVisit } from './visit.ts'

const EVENTS = 20
const AGENT = { name: '', githubLogin: '', avatarUrl: '' }
const CODED = { name: 'Coded Person', githubLogin: 'a%41%2F', avatarUrl: '' }
const BLANK = { name: 'Blank Person', githubLogin: ' blank ', avatarUrl: '' }

const on = stageForAll({ events: EVENTS })
let events: AuditEvent[]
beforeAll(async () => {
  const timestamp = Math.floor(Date.now() / 1000) - 45
  on.stage.acme.add([
    { timestamp, description: 'Deployed by an agent', user: AGENT, actorName: 'deploy-agent' },
    { timestamp, description: 'Deployed by nobody', user: AGENT },
    { timestamp, event: 'stack-created', description: 'Created stack "lonely"', user: BLANK },
    { timestamp, description: 'Renamed by a coded name', user: CODED },
  ])
  events = await eventually(async () => {
    const found = await archived(on.stage.url)
    expect(found).toHaveLength(EVENTS + 4)
    return found
  })
})

it.each([
  ['Deployed by an agent', 'deploy-agent', '', 'without a login'],
  ['Deployed by nobody', 'system', '', 'without a login'],
  ['Created stack "lonely"', 'Blank Person', ' blank ', 'blank'],
  ['Renamed by a coded name', 'Coded Person', 'a%41%2F', 'a%41%2F'],
])('filters by the user of “%s”', async (description, name, login, chip) => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  const expected = events.filter(({ actor }) => actor.login === login)
  await page.goto('/')
  const row = page.locator('.event').filter({ hasText: description })
  await row.locator('.event-who').getByText(name, { exact: true }).click()
  await showsOnly(page, expected)
  await page.reload()
  await showsOnly(page, expected)
  expect(filtersOf(page)).toEqual({ login })
  await page.getByRole('button', { name: `Remove the filter User: ${chip}` }).click()
  await showsOnly(page, events)
})

it('shows a stack whose project is unknown, and filters by it', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  const event = events.find(({ description }) => description === 'Created stack "lonely"')
  await page.goto('/')
  await page.locator('.event').first().waitFor()
  expect(await page.locator('main').innerText()).not.toContain('undefined')
  await page.locator('.event-where').getByText('lonely', { exact: true }).click()
  await showsOnly(page, event ? [event] : [])
  await page.getByText('1 event; that is all.').waitFor()
  await page.goto(`/events/${event?.uid}`)
  await page
    .getByRole('link', { name: 'All events with lonely' })
    .getByText('lonely', { exact: true })
    .click()
  await expect.poll(() => filtersOf(page)).toEqual({ stack: 'lonely' })
})

it.each([
  ['from=200&to=100', '“From” is not before “To”'],
  ['archive=nowhere', 'There is no archive nowhere here'],
  [`text=${'x'.repeat(1_001)}`, 'Text is longer than 1,000 characters'],
])('says once that %s can’t be applied, and sends no request', async (filters, fault) => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  await page.goto(`/?${filters}`)
  await page.getByRole('alert').getByText(fault).waitFor()
  expect(await page.getByRole('alert').count()).toBe(1)
  await page.getByRole('link', { name: 'Show all events' }).click()
  await showsOnly(page, events)
})

it('says which parts of the address it ignores', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  await page.goto('/?user=dana&severity=high')
  const told = page.getByText('is no filter: user=dana, severity=high')
  await told.waitFor()
  await showsOnly(page, events)
  await page.locator('.event .avatar').first().click()
  await expect.poll(() => Object.keys(filtersOf(page))).toEqual(['login'])
  await expect.poll(() => told.count()).toBe(0)
})

it('adds no step to the history for a filter that is already set', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  await page.goto('/')
  const avatar = page.locator('.event .avatar').first()
  await avatar.click()
  await expect.poll(() => filtersOf(page).login).toBeDefined()
  await avatar.click()
  await page.getByLabel('Search the text of the events').press('Enter')
  await page.goBack()
  expect(filtersOf(page)).toEqual({})
})

it('distinguishes the two identical hours of a clock that is set back', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url, timezoneId: 'Europe/Berlin' })
  const { page } = visit
  const first = Date.UTC(2026, 9, 25, 0, 30) / 1000
  await page.goto('/')
  await page.getByRole('button', { name: 'Filters' }).click()
  // Shows whose times they are, to the eye and to a screen reader.
  for (const label of ['From', 'To']) {
    const told = await page.getByLabel(label, { exact: true }).getAttribute('aria-describedby')
    expect(await page.locator(`[id="${told}"]`).innerText()).toBe('(Europe/Berlin)')
  }
  await page.getByLabel('From', { exact: true }).fill('2026-10-25T02:30:00')
  await page.getByLabel('From', { exact: true }).press('Enter')
  await expect.poll(() => filtersOf(page)).toEqual({ from: String(first) })
  const which = page.getByLabel('From: before or after the clock is set back')
  await which.selectOption({ label: '+01:00, after the clock is set back' })
  await expect.poll(() => filtersOf(page)).toEqual({ from: String(first + 3_600) })
  await page.getByRole('button', { name: 'Remove the filter From: 25 Oct 2026 02:30:00 +01:00' }).waitFor()
  await page.getByLabel('From', { exact: true }).fill('2026-10-25T03:00:00')
  await page.getByLabel('From', { exact: true }).press('Enter')
  await expect.poll(() => which.count()).toBe(0)
})

it('does not say that there is nothing before it knows, nor if it can’t know', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  visit.expectFault(/503/)
  const { page } = visit
  const chart = page.getByRole('region', { name: 'Events by category over time' })
  const answer = Promise.withResolvers<void>()
  await page.route('**/api/v1/events/histogram?*', async (route) => {
    await answer.promise
    await route.fulfill({ status: 503, json: { error: 'the disk is on fire' } })
  })
  await page.goto('/')
  await chart.getByRole('heading').waitFor()
  expect(await chart.innerText()).not.toContain('No events')
  answer.resolve()
  await chart.getByText('the disk is on fire').waitFor()
  expect(await chart.innerText()).not.toContain('No events')
})

it.each([
  ['ahead of', 3],
  ['behind', -49],
])('goes by the engine’s clock where this browser’s is %s it', async (which, hours) => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  await page.clock.setFixedTime(Date.now() + hours * 3_600_000)
  await page.goto('/?range=1h')
  await page
    .getByText(new RegExp(`This browser’s clock is \\d+ (hours|days) ${which} the engine’s.`))
    .waitFor()
  const row = page.locator('.event').filter({ hasText: 'Deployed by nobody' })
  await row.waitFor()
  expect(await row.locator('time').innerText()).toMatch(/^\d+ (s|min) ago$/)
})
