/** Commands that need neither engine nor state write to the trail if there is one, and create none. */
import { existsSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { localUser } from '../../src/trail/local-user.ts'
import { configurationOf, FILE_SINK, recentEvents, startAcme } from './acme.ts'
import { openSite, type Site } from './site.ts'

const EXPORT = ['export', '--from', '1h', '--user', 'dana', '-o', '-']
const SEND = ['check', '--send', 'local', 'dead']

it('check --send and export are in the trail of the running engine, or else of the stored state', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  const dead = { type: 'webhook', endpoint: 'http://127.0.0.1:9/', timeout: '1s' }
  const sinks = { local: FILE_SINK, dead, off: { ...FILE_SINK, path: './off.ndjson' } }
  site.configure(configurationOf(acme, { sinks }))

  expect(await site.run(EXPORT)).toMatchObject({ code: 0 })
  expect(await site.run(SEND)).toMatchObject({ code: 1 })
  expect(existsSync(site.path('data'))).toBe(false)

  const engine = await site.serve()
  await bothCommands(site)
  const answer = await fetch(`${engine.url}/api/v1/trail`)
  const { entries } = (await answer.json()) as { entries: object[] }
  expect(entries.reverse()).toMatchObject(toldBy('local', '127.0.0.1'))
  engine.signal('SIGTERM')
  await engine.ended

  await bothCommands(site)
  const store = openSqliteStore(site.path('data'))
  const stored = (await store.trail({ limit: 3 })).reverse()
  await store.close()
  expect(stored).toMatchObject(toldBy(localUser(), ''))

  writeFileSync(site.path('data/auditferry.db'), 'no database, however long one looks at it '.repeat(200))
  expect(await site.run(EXPORT)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/not written to the trail: .*auditferry\.db/),
  })
})

async function bothCommands(site: Site): Promise<void> {
  expect(await site.run(EXPORT)).toMatchObject({ code: 0 })
  expect(await site.run(SEND)).toMatchObject({ code: 1 })
  // Checks only, and sends nothing.
  expect(await site.run(['check', 'local'])).toMatchObject({ code: 0 })
}

function toldBy(user: string, address: string): object[] {
  const who = { user, role: 'operator', address }
  const range = { source: 'acme', from: expect.stringMatching(/Z$/), to: expect.stringMatching(/Z$/) }
  return [
    {
      ...who,
      action: 'events-exported',
      outcome: 'success',
      details: { ...range, format: 'native', user: 'dana' },
    },
    { ...who, action: 'sink-tested', outcome: 'success', details: { id: 'local' } },
    {
      ...who,
      action: 'sink-tested',
      outcome: 'failure',
      details: { id: 'dead', reason: expect.any(String) },
    },
  ]
}
