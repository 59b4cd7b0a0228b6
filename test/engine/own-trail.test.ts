/** The engine's own trail goes to the sinks like any source's log. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runOnce } from '../../src/cli/service.ts'
import { loadConfigText } from '../../src/config/load.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import type { TrailEntry } from '../../src/trail/trail.ts'
import { tempFolder } from './temp-folder.ts'

test('each entry is delivered once, over several runs, as a known action', async () => {
  const { config, folder, deed, delivered } = await openTrail()
  await deed('sink-paused')
  await deed('dead-letters-dropped', { outcome: 'failure' })
  expect(await runOnce(config)).toEqual([])
  await deed('sink-resumed')
  expect(await runOnce(config)).toEqual([])
  const events = delivered()
  expect(events.map(({ action }) => action).toSorted()).toEqual([
    'auditferry-dead-letters-dropped',
    'auditferry-sink-paused',
    'auditferry-sink-resumed',
  ])
  expect(events.find(({ action }) => action === 'auditferry-sink-paused')).toMatchObject({
    ...{
      source: 'own',
      organization: 'auditferry',
      category: 'auditferry',
      operation: 'disable',
      severity: 3,
    },
    ...{ outcome: 'success', sourceIp: '198.51.100.7', description: 'id "soc"' },
    actor: { type: 'user', login: 'dana' },
  })
  expect(events.find(({ operation }) => operation === 'delete')).toMatchObject({ outcome: 'failure' })
  const store = openSqliteStore(join(folder, 'data'))
  expect((await store.loadSource('own'))?.unknownActions).toEqual({})
  await store.close()
})

test('entries that a clock ahead of ours made are delivered, and what follows them', async () => {
  const { config, deed, delivered } = await openTrail()
  await deed('sink-paused', { at: Date.now() + 3 * 86_400_000 })
  await deed('sink-resumed')
  expect(await runOnce(config)).toEqual([])
  await deed('dead-letters-dropped')
  expect(await runOnce(config)).toEqual([])
  expect(delivered().map(({ action }) => action)).toEqual([
    'auditferry-sink-paused',
    'auditferry-sink-resumed',
    'auditferry-dead-letters-dropped',
  ])
})

async function openTrail() {
  const folder = tempFolder()
  const loaded = await loadConfigText(
    `sources: { own: { type: auditferry } }
sinks: { local: { type: file, path: ./out.ndjson } }
state: { path: ./data }
log: { level: error }
`,
    join(folder, 'auditferry.yaml'),
    {},
  )
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  /** A minute ago, because nothing is delivered of a second that isn't over. */
  const deed = async (
    action: string,
    { at = Date.now() - 60_000, outcome = 'success' }: Partial<Pick<TrailEntry, 'at' | 'outcome'>> = {},
  ) => {
    const store = openSqliteStore(join(folder, 'data'))
    const who = { user: 'dana', role: 'operator', address: '198.51.100.7' } as const
    await store.appendTrail({ at, ...who, action, outcome, details: { id: 'soc' } })
    await store.close()
  }
  const delivered = () =>
    readFileSync(join(folder, 'out.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { config: loaded.config, folder, deed, delivered }
}
