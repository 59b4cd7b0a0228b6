/**
 * More dead letters than one answer holds: the list continues and shows each once. Also a dead letter with a very long
 * answer.
 */
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { LIST_MOST } from '../../src/server/dead-letters.ts'
import { configurationOf, descriptionsOf, recentEvents, startAcme } from '../e2e/acme.ts'
import { opened, openSite } from '../e2e/site.ts'
import { openTap } from '../e2e/tap.ts'
import { browserForAll } from './stage.ts'
import { openVisit } from './visit.ts'

/** Rows of the page, and as many more per click. */
const PAGE = 200
const LETTERS = LIST_MOST + 250
const on = browserForAll()

it('lists dead letters page by page beyond what one answer holds, each once', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(1))
  const tap = await openTap(site, 400)
  site.configure(configurationOf(acme, { sinks: { chat: tap.sink } }))
  await site.run(['run', '--once'])
  multiply(site.path('data/auditferry.db'))
  const served = await site.serve()
  await opened(served)

  await using visit = await openVisit(on.browser, { url: served.url })
  const { page } = visit
  const behind: string[] = []
  page.on('request', (request) => {
    const after = new URL(request.url()).searchParams.get('after')
    if (after !== null) behind.push(after)
  })
  await page.goto('/dead-letters')
  const rows = page.getByRole('table', { name: 'Dead letters' }).locator('tbody tr')
  const more = page.getByRole('button', { name: `Show ${PAGE} more` })
  for (let shown = PAGE; shown < LETTERS; shown += PAGE) {
    await expect.poll(() => rows.count()).toBe(shown)
    await expect
      .poll(() => behind.length > 0, { message: `asked for what lies behind, of ${shown}` })
      .toBe(shown >= LIST_MOST)
    await more.click()
  }
  await expect.poll(() => rows.count()).toBe(LETTERS)
  expect(await more.count()).toBe(0)
  const titles = await rows.locator('.title').allInnerTexts()
  expect(titles.toSorted()).toEqual(descriptionsOf(LETTERS).toSorted())

  const sortBy = page.getByLabel('Sort by')
  await sortBy.selectOption('newest')
  await expect.poll(() => rows.count()).toBe(LIST_MOST)
  await page.getByText('The oldest 1,000 are sorted; more lie behind them.').waitFor()
  await more.click()
  await more.click()
  await expect.poll(() => rows.count()).toBe(LETTERS)
  // Seven have the same millisecond.
  expect(titles.slice(-7)).toContain(await rows.first().locator('.title').innerText())
  expect(titles.slice(0, 7)).toContain(await rows.last().locator('.title').innerText())
  await page.reload()
  expect(await sortBy.inputValue()).toBe('newest')
  await sortBy.selectOption('event')
  await expect.poll(() => rows.first().locator('.title').innerText()).toBe('event 1')
  await sortBy.selectOption('')
  for (let shown = PAGE; shown < LETTERS; shown += PAGE) await more.click()
  await expect.poll(() => rows.count()).toBe(LETTERS)

  await rows.last().getByRole('button').click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.innerText()).toContain(titles.at(-1))
  const answer = dialog.locator('.letter-text').first()
  expect(((await answer.textContent()) ?? '').length).toBeLessThan(20_100)
  await answer.getByRole('button', { name: 'Show all 120,000 characters' }).click()
  expect(await answer.textContent()).toBe('x'.repeat(120_000))

  await page.goto('/dead-letters?sink=chat')
  await page.getByRole('button', { name: 'Retry all dead letters of chat…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Retry all' }).click()
  await page.getByText('1,250 dead letters queued to be sent again.').waitFor()
})

/** Many copies of one dead letter, seven for each millisecond: having all of them refused would take minutes. */
function multiply(file: string): void {
  const db = new DatabaseSync(file)
  const { changes } = db
    .prepare(
      `WITH RECURSIVE more(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM more WHERE at < ?)
      INSERT INTO dead_letters
      SELECT id || more.at, sink, source, uid || more.at, letter.at + more.at / 7, attempts, reason, answer, state,
        replace(event, 'event 1', 'event ' || (more.at + 1))
      FROM dead_letters letter, more`,
    )
    .run(LETTERS - 1)
  const newest = 'at = (SELECT MAX(at) FROM dead_letters)'
  db.exec(`UPDATE dead_letters SET answer = '${'x'.repeat(120_000)}' WHERE ${newest}`)
  db.close()
  expect(changes).toBe(LETTERS - 1)
}
