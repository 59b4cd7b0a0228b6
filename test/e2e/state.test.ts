/** A state that is lost, exported or imported, as an operator does it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { configurationOf, descriptionsOf, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'

async function once(site: Site): Promise<string> {
  const { code, stderr } = await site.run(['run', '--once'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return stderr
}

it('a lost state folder continues from the mirror', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  // `start: now` would begin after what happens while nothing runs.
  const state = { path: './data', mirror: './mirror/state.json' }
  site.configure(configurationOf(acme, { state, source: { start: '30m' } }))
  acme.add(recentEvents(20))
  await once(site)
  rmSync(site.path('data'), { recursive: true })
  acme.add(recentEvents(10, 21))
  const said = await once(site)
  expect(said.match(/the state of this source was lost: it continues from the last copy/g)).toHaveLength(1)
  expect(new Set(site.delivered())).toEqual(new Set(descriptionsOf(30)))
})

it('after a lost state, a reconciliation says what the ledger cannot know', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const state = { path: './data', mirror: './mirror/state.json' }
  site.configure(configurationOf(acme, { state, source: { start: '3h' } }))
  const early = recentEvents(5).map((event) => ({ ...event, timestamp: event.timestamp - 7_200 }))
  acme.add([...early, ...recentEvents(1, 6)])
  await once(site)
  const reconcile = async () => JSON.parse((await site.run(['reconcile', '--from', '3h', '--json'])).stdout)
  const before = await reconcile()
  expect(before.complete).toBe(true)
  expect(before.notes.join()).not.toContain('lost')
  rmSync(site.path('data'), { recursive: true })
  await once(site)
  const { complete, notes } = await reconcile()
  expect(complete).toBe(false)
  expect(notes).toContainEqual(
    expect.stringMatching(
      /^the state was lost: at 20\S+Z the source went on from 20\S+Z, and the ledger knows little of what was before; 5 of the missing events may have been delivered then, and --repair sends them again$/,
    ),
  )
})

it('without a mirror, a lost state is reported as beginning at `start`', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  acme.add(recentEvents(5))
  expect(await once(site)).toMatch(/no state of this source is stored: it begins at its `start`/)
  expect(await once(site)).not.toMatch(/begins at its `start`/)
})

it('shows, exports and imports checkpoints and cursors, and refuses what would overwrite some', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  acme.add(recentEvents(20))
  await once(site)

  const shown = await site.run(['state', 'show', '--json'])
  const document = JSON.parse(shown.stdout)
  expect(document.sources.acme.position).toBe(document.sources.acme.state.checkpoint)
  expect(document.sinks.local.cursors.acme).toMatchObject({ next: 20, delivered: 20 })
  expect((await site.run(['state', 'show'])).stdout).toMatch(/SAFE TO RESUME FROM.*\nacme +20\d\d-/)
  expect(await site.run(['state', 'export', '-o', 'state.json'])).toMatchObject({ code: 0 })

  const again = await site.run(['state', 'import', 'state.json'])
  expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/acme has a state already: --force/) })
  rmSync(site.path('data'), { recursive: true })
  const text = readFileSync(site.path('state.json'), 'utf8')
  writeFileSync(site.path('cut.json'), text.slice(0, 40))
  expect(await site.run(['state', 'import', 'cut.json'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/cut\.json is damaged/),
  })
  expect(await site.run(['state', 'import', 'state.json'])).toMatchObject({
    code: 0,
    stdout: 'Imported: acme.\n',
  })
  acme.add(recentEvents(1, 21))
  await once(site)
  expect(new Set(site.delivered())).toEqual(new Set(descriptionsOf(21)))
})

it('a running engine shows its state, and lets nobody import into it', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  await site.serve()
  await eventually(async () =>
    expect(JSON.parse((await site.run(['state', 'show', '--json'])).stdout).sources.acme).toBeTruthy(),
  )
  await site.run(['state', 'export', '-o', 'state.json'])
  expect(await site.run(['state', 'import', 'state.json'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/an engine is running and owns the state: stop it/),
  })
})
