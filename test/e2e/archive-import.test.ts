/** `archive import` with the real program: through a running engine, without one, and into PostgreSQL. */
import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { startPostgres } from '../postgres/server.ts'
import { configurationOf, startAcme } from './acme.ts'
import { openSite, type Site } from './site.ts'

const EVENTS = 4_000
const HEADER =
  'Timestamp,Name,Login,Event,Description,SourceIP,RequireOrgAdmin,RequireStackAdmin,AuthenticationFailure'

function writeExport(site: Site): string {
  const first = Date.parse('2026-05-12T10:00:00Z')
  const rows = Array.from({ length: EVENTS }, (_, at) => {
    const time = new Date(first + Math.floor(at / 3) * 1_000).toISOString().replace('.000', '')
    return `${time},Dana,dana,Stack Created,created web/${at},198.51.100.7,false,true,false`
  })
  writeFileSync(site.path('old.csv'), [HEADER, ...rows.reverse()].join('\n'))
  return site.path('old.csv')
}

async function importTwice(site: Site): Promise<void> {
  const args = ['archive', 'import', writeExport(site), '--sink', 'archive', '--json']
  for (const [added, known] of [
    [EVENTS, 0],
    [0, EVENTS],
  ]) {
    const { code, stdout } = await site.run(args)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ added, known, filtered: 0, refused: [], unreadable: 0 })
  }
}

it('adds an old export through a running engine, once', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme, { sinks: { archive: { type: 'archive', path: './archive.db' } } }))
  const engine = await site.serve()
  await importTwice(site)
  const found = await fetch(`${engine.url}/api/v1/events?text=3999`)
  expect(await found.text()).toContain('created web/3999')
})

it('adds it without an engine, and into PostgreSQL', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const server = site.keep(await startPostgres())
  site.configure(
    configurationOf(acme, { sinks: { archive: { type: 'archive', database: await server.database() } } }),
  )
  await importTwice(site)
})
