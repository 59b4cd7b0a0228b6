/** A log that is stuck must not look like a quiet one. */
import { expect, it } from 'vitest'
import { axeFindings } from './axe.ts'
import { stageForAll } from './stage.ts'
import { openVisit } from './visit.ts'

const on = stageForAll({ events: 20 })

it.each([
  ['source', 'acme'],
  ['archive', 'archive'],
])('says among the events that the %s is held up, as long as it is', async (kind, id) => {
  await using visit = await openVisit(on.browser, { url: on.stage.url })
  const { page } = visit
  const told = page.getByText('New events may be missing here')
  const act = (verb: string) =>
    fetch(`${on.stage.url}/api/v1/${kind === 'source' ? 'sources' : 'sinks'}/${id}/${verb}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
  await page.goto('/')
  await page.locator('.event').first().waitFor()
  expect(await told.count()).toBe(0)
  expect((await act('pause')).status).toBe(200)
  await told.waitFor()
  expect(await told.innerText()).toContain(`${kind} ${id} is paused by `)
  expect(await axeFindings(page)).toEqual([])
  expect((await act('resume')).status).toBe(200)
  await told.waitFor({ state: 'detached' })
})
