/** What an event's page says about each sink: delivered and when, filtered and by what, or still waiting. */
import { expect, it } from 'vitest'
import { configurationOf, FILE_SINK, recentEvents, startAcme } from '../e2e/acme.ts'
import { eventually, openSite } from '../e2e/site.ts'
import { openTap } from '../e2e/tap.ts'
import { archived } from './list.ts'
import { browserForAll } from './stage.ts'
import { openVisit } from './visit.ts'

const on = browserForAll()

it('shows when file and archive took an event, what filtered it, and where it still waits', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  const [tap, refusing] = [await openTap(site, 503), await openTap(site, 400)]
  site.configure(
    configurationOf(acme, {
      sinks: {
        local: FILE_SINK,
        archive: { type: 'archive', path: './data/archive.db', batch: { max_age: '1s' } },
        quiet: { type: 'file', path: './quiet.ndjson', where: 'severity >= 5' },
        slow: { ...tap.sink, retry: { max_backoff: '1s' } },
        twice: { type: 'file', path: './twice.ndjson', dedupe_window: '1h' },
        refusing: { ...refusing.sink, batch: { max_age: '1s' } },
      },
    }),
  )
  const begun = Date.now()
  const { url, status } = await site.serve()
  await eventually(async () =>
    expect((await status()).sinks).toMatchObject({
      local: { delivered: 3 },
      archive: { delivered: 3 },
      quiet: { filtered: 3 },
      slow: { state: 'throttled' },
    }),
  )
  const [event] = await archived(url)

  await using visit = await openVisit(on.browser, { url, timezoneId: 'UTC' })
  const { page } = visit
  await page.goto(`/events/${event?.uid}`)
  const table = page.getByRole('table', { name: 'Where this event was delivered' })
  const row = async (sink: string) => {
    const cells = table.getByRole('row', { name: new RegExp(`^${sink}`) }).getByRole('cell')
    const [, state = '', when = ''] = await cells.allInnerTexts()
    return { state: state.split(/\s*\n\s*/).join(': '), when }
  }
  // The engine's own figures change before the store has them.
  await expect.poll(async () => (await row('local')).state).toBe('delivered')
  await expect.poll(async () => (await row('archive')).state).toBe('delivered')
  await expect.poll(async () => (await row('quiet')).state).toBe('filtered: by rule where')
  const settledBy = Date.now()
  for (const sink of ['local', 'archive', 'quiet']) {
    const [first, last] = momentsIn((await row(sink)).when)
    expect(first, sink).toBeGreaterThanOrEqual(begun - 1_000)
    expect(last, sink).toBeLessThanOrEqual(settledBy)
  }
  expect(await row('slow')).toEqual({ state: 'waiting', when: '—' })

  await expect.poll(async () => (await row('refusing')).state).toMatch(/^dead letter: .*HTTP 400/)
  const letters = page.getByRole('link', { name: 'Dead letters of refusing' })
  expect(await letters.getAttribute('href')).toBe('/dead-letters?sink=refusing')
  await expect
    .poll(async () => (await row('twice')).state)
    .toMatch(/^unknown: it may be a repeat that dedupe_window left out: /)
  const inLedger = page.getByRole('link', { name: 'Its day in the ledger for twice' })
  const day = new Date((event?.timestamp ?? 0) * 1000).toISOString().slice(0, 10)
  expect(await inLedger.getAttribute('href')).toBe(`/ledger?source=acme&until=${day}&day=${day}`)

  const opened = Date.now()
  tap.status = 200
  await expect.poll(async () => (await row('slow')).state).toBe('delivered')
  const [first] = momentsIn((await row('slow')).when)
  expect(first).toBeGreaterThanOrEqual(opened - 1_000)

  // Whether a minute was settled all at once depends on timing.
  const note = page.getByText('the event was settled by the second one and not before the first')
  const times = { notBefore: '2026-11-27T12:03:05.250Z', notAfter: '2026-11-27T12:03:05.750Z' }
  const delivery = { sink: 'local', state: 'delivered', rule: null, reason: null, ...times }
  await page.route('**/deliveries*', (route) => route.fulfill({ json: { deliveries: [delivery] } }))
  await page.reload()
  await expect.poll(async () => (await row('local')).when).toBe('27 Nov 2026 12:03:05 +00:00')
  expect(await note.count()).toBe(0)
  delivery.notAfter = '2026-11-27T12:03:41.250Z'
  await page.reload()
  await expect.poll(async () => (await row('local')).when).toBe('27 Nov 2026 12:03:05 – 12:03:41 +00:00')
  await note.waitFor()
})

/** `26 Nov 2026 05:20:19 +00:00`, or with ` – 05:20:21` before the zone; whole seconds, in UTC. */
function momentsIn(text: string): [first: number, last: number] {
  const [, day, from, to = from] = /^(\d+ \w{3} \d{4}) ([\d:]{8})(?: – ([\d:]{8}))? \+00:00$/.exec(text) ?? []
  return [Date.parse(`${day} ${from} UTC`), Date.parse(`${day} ${to} UTC`)]
}
