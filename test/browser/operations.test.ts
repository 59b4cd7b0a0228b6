/**
 * What people do in the console: log in and out, pause, test, retry, drop, export, reconcile, backfill; and what
 * viewers may not do.
 */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { DeadLetterJson } from '../../src/engine/dead-letter-json.ts'
import { eventually, opened } from '../e2e/site.ts'
import { axeFindings } from './axe.ts'
import { logIn, visitAs } from './log-in.ts'
import { OPERATOR, type Stage, stageForAll, VIEWER } from './stage.ts'
import { openVisit } from './visit.ts'

const on = stageForAll({ users: true })

async function ask<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(on.stage.url + path, { headers: { authorization: `Bearer ${OPERATOR}` } })
  return (await answer.json()) as Answer
}

async function order(path: string): Promise<void> {
  const headers = { authorization: `Bearer ${OPERATOR}`, 'content-type': 'application/json' }
  expect((await fetch(on.stage.url + path, { method: 'POST', headers, body: '{}' })).status).toBe(200)
}

/**
 * Waits until no event is waiting for a sink and the store knows it: waiting events leave a day open, and refused ones
 * come one by one.
 */
const settled = () =>
  eventually(async () => {
    const { sinks, spool } = await ask<Awaited<ReturnType<Stage['served']['status']>>>('/api/v1/status')
    expect(Object.values(sinks).map(({ backlogEvents }) => backlogEvents)).toEqual([0, 0, 0])
    expect(spool.events).toBe(0)
  })

const lettersNow = async () =>
  (await ask<{ deadLetters: DeadLetterJson[] }>('/api/v1/dead-letters')).deadLetters

it('lets in a user with a token, to the requested page, and out again', async () => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  visit.expectFault(/401/)
  const { page } = visit
  await page.goto('/ledger')
  await page.getByRole('heading', { name: 'Log in to auditferry' }).waitFor()
  expect(await axeFindings(page)).toEqual([])
  await logIn(page, 'wrong-0123456789abcdef')
  await page.getByText('This token is not known').waitFor()
  await logIn(page, VIEWER)
  await page.waitForURL('**/ledger')
  await page.getByText('vera viewer').waitFor()
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.waitForURL('**/login')
  await page.goto('/')
  await page.getByRole('heading', { name: 'Log in to auditferry' }).waitFor()
})

it('shows a viewer nothing that only an operator may do', async () => {
  await using visit = await visitAs(on.browser, on.stage.url, VIEWER, '/components')
  visit.expectFault(/403/)
  const { page } = visit
  const buttons: string[] = []
  for (const path of ['/components', '/dead-letters', '/ledger', '/backfills']) {
    await page.goto(path)
    await page.locator('main .card').first().waitFor()
    buttons.push(...(await page.locator('main').getByRole('button').allInnerTexts()))
  }
  expect(
    buttons.filter((text) => /pause|resume|test|retry|drop|pick|check|begin|cancel/i.test(text)),
  ).toEqual([])
  expect(await page.getByRole('link', { name: 'Trail' }).count()).toBe(0)
  await page.goto('/trail')
  await page.getByText('The trail is for operators').waitFor()
})

it('sends a test event, and shows the result', async () => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/components')
  const { page } = visit
  await page.getByRole('button', { name: 'Send test event to local' }).click()
  await page.getByText('local took a test event').waitFor()
  await page.getByRole('button', { name: 'Send test event to chat' }).click()
  await page.getByText('chat did not take a test event').waitFor()
})

it('checks the day that is clicked in the ledger against the source', async () => {
  await settled()
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/ledger')
  const { page } = visit
  const day = page.locator('button.day:not(.empty, .unread)').last()
  const [, events] = /: ([\d,]+) events?,/.exec((await day.getAttribute('aria-label')) ?? '') ?? []
  await day.click()
  await page.getByText(`The ledger knows ${events} event`).waitFor()
  await page.getByText('Each square is a day in UTC').waitFor()
  await page.getByRole('heading', { level: 2, name: /, \d{4} UTC$/ }).waitFor()
  const verdict = page.getByRole('region').locator('.notice')
  await eventually(async () =>
    expect(await verdict.allInnerTexts()).toEqual(['Complete: the source, the ledger and every sink agree.']),
  )
  const sinks = page.getByRole('table', { name: 'What each sink has' })
  expect(await sinks.getByRole('row', { name: /^archive/ }).innerText()).toContain(`${events}`)
  const trail = await ask<{ entries: { action: string; user: string }[] }>('/api/v1/trail')
  expect(trail.entries[0]).toMatchObject({ action: 'range-reconciled', user: 'dana' })
  // The visit fails if there is no way out of the card.
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: 'Events', exact: true })
    .click()
  await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor()
})

it('repairs what the ledger lacks, and the day is complete again', async () => {
  // Older than the overlap, but younger than the first retrospection: only a repair brings it back.
  const second = Math.floor(Date.now() / 1000) - 1_800
  const late = 'Came after its second was read'
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/ledger')
  const { page } = visit
  const day = page.locator(`button[data-day="${new Date(second * 1000).toISOString().slice(0, 10)}"]`)
  const eventsOf = async () =>
    Number(/: ([\d,]+) event/.exec((await day.getAttribute('aria-label')) ?? '')?.[1])
  const before = await eventually(async () => {
    expect(await eventsOf()).toBeGreaterThan(0)
    return eventsOf()
  })
  on.stage.acme.insertLate({ timestamp: second, description: late })

  await day.click()
  await page.getByText('Not complete: see below what is missing.').waitFor()
  await page.getByRole('listitem').filter({ hasText: '1 event missing' }).getByText(late).waitFor()
  await page.getByRole('button', { name: 'Repair…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Repair' }).click()
  await page.getByText('Repaired: 1 event spooled.').waitFor()
  await eventually(() => expect(on.stage.site.delivered().filter((it) => it === late)).toEqual([late]))
  // The archive gets it a second later.
  await settled()

  await page.getByRole('button', { name: 'Check again' }).click()
  // Soon after midnight this is the previous day, which is read only from the source's `start` on.
  await page.getByText(/^Complete( for what was asked for)?: the source/).waitFor()
  await expect.poll(() => day.getAttribute('aria-label')).toMatch(/events, complete;/)
  await expect.poll(eventsOf).toBe(before + 1)
})

it('shows dead letters, exports, drops and retries them', async () => {
  await settled()
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/dead-letters')
  const { page } = visit
  const letters = await lettersNow()
  expect(letters.length).toBeGreaterThan(2)
  const rows = page.getByRole('table', { name: 'Dead letters' }).locator('tbody tr')
  await expect.poll(() => rows.count()).toBe(letters.length)

  await rows.first().getByRole('button').click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.innerText()).toContain('HTTP 400')
  expect(JSON.parse((await dialog.locator('pre').last().textContent()) ?? '')).toEqual(letters[0]?.event)
  await page.keyboard.press('Escape')

  const begun = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export all' }).click()
  const exported = readFileSync(await (await begun).path(), 'utf8')
    .split('\n')
    .slice(0, -1)
  expect(exported.map((line) => JSON.parse(line).id).sort()).toEqual(letters.map(({ id }) => id).sort())

  await rows.first().getByRole('checkbox').check()
  await page.getByRole('button', { name: 'Drop…' }).click()
  await page.getByRole('button', { name: 'Drop 1 dead letter' }).click()
  await page.getByText('1 dead letter dropped.').waitFor()
  await expect.poll(() => rows.count()).toBe(letters.length - 1)

  on.stage.tap.status = 200
  await page.getByRole('button', { name: /^Pick all/ }).click()
  await page.getByRole('button', { name: 'Retry', exact: true }).click()
  await page.getByText(/queued to be sent again/).waitFor()
  const wanted = letters.slice(1).map(({ event }) => (event as { description: string }).description)
  await eventually(() => expect([...on.stage.tap.taken].sort()).toEqual(wanted.sort()))
  await expect.poll(lettersNow).toEqual([])
})

it('starts a backfill, shows its progress, and cancels it', async () => {
  await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/backfills')
  const { page } = visit
  const begin = async () => {
    await page.getByRole('button', { name: 'Begin a backfill…' }).click()
    await page.getByRole('button', { name: 'Begin the backfill' }).click()
    await page.getByText('A backfill of acme has begun.').waitFor()
  }
  // The walk waits for one answer, and must last until it is cancelled.
  on.stage.acme.set({ latencyMs: 60_000 })
  await begin()
  const card = page.getByRole('article', { name: 'acme' })
  await card.getByText('under way').waitFor()
  const bar = card.getByRole('progressbar', { name: 'Backfill of acme' })
  expect(Number(await bar.getAttribute('aria-valuenow'))).toBeLessThan(100)
  await card.getByRole('button', { name: /^Cancel/ }).click()
  await page.getByRole('button', { name: 'End it' }).click()
  await card.getByText('cancelled').waitFor()

  on.stage.acme.set({ latencyMs: 0 })
  await order('/api/v1/sources/acme/pause')
  await begin()
  await card.getByText('The source is paused: paused by dana').waitFor()
  await order('/api/v1/sources/acme/resume')
  await card.getByText('done').waitFor()
  expect(await bar.getAttribute('aria-valuenow')).toBe('100')
})

// Last, because it restarts the engine.
it('pauses a source and a sink over a restart, and resumes them', async () => {
  {
    await using visit = await visitAs(on.browser, on.stage.url, OPERATOR, '/components')
    const { page } = visit
    await page.getByRole('button', { name: 'Pause acme' }).click()
    await page.getByText('acme is paused: polling stands still.').waitFor()
    await page.getByRole('button', { name: 'Pause local' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Pause local' }).click()
    await page.getByText('local is paused: delivery stands still.').waitFor()
  }
  on.stage.served.signal('SIGTERM')
  await on.stage.served.ended
  const again = await on.stage.site.serve()
  await opened(again)
  const { url } = again
  await using visit = await visitAs(on.browser, url, OPERATOR, '/components')
  const { page } = visit
  for (const id of ['acme', 'local']) {
    const card = page.getByRole('region', { name: id, exact: true })
    await card.getByText(/^paused by /).waitFor()
    await card.getByRole('button', { name: `Resume ${id}` }).click()
    await page.getByText(new RegExp(`^${id} goes on with`)).waitFor()
    await card.getByRole('button', { name: `Pause ${id}` }).waitFor()
  }
})
