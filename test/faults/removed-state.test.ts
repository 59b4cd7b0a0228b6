/**
 * The state's files are removed, moved or replaced under a running engine: it says so, and writes nothing where it
 * would be lost.
 */
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { fill, SOURCE } from '../conformance/store-samples.ts'
import { configurationOf, descriptionsOf, recentEvents, startAcme } from '../e2e/acme.ts'
import { eventually, openSite } from '../e2e/site.ts'
import { tempFolder } from '../engine/temp-folder.ts'

const remove = (file: string) => rmSync(file)
const replace = (file: string) => {
  copyFileSync(file, `${file}.copy`)
  renameSync(`${file}.copy`, file)
}

it.each([
  ['the file is removed', remove, 'auditferry.db', 'removed or moved away'],
  ['its -wal is removed', remove, 'auditferry.db-wal', 'removed or moved away'],
  ['the file is replaced', replace, 'auditferry.db', 'replaced'],
])('%s: the next transaction is refused, and leaves nothing', async (_, harm, file, says) => {
  const folder = tempFolder()
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close())
  await fill(store, [3])
  harm(join(folder, file))
  await expect(fill(store, [3])).rejects.toThrow(
    new RegExp(`the state file .*${file} was ${says} while in use: .* set \`start\``),
  )
  expect(await store.bounds(SOURCE)).toMatchObject({ end: 3 })
})

it('its folder is unreachable: the next transaction is refused with the cure, and the one after it is accepted', async () => {
  const folder = join(tempFolder(), 'state')
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close())
  await fill(store, [3])
  renameSync(folder, `${folder}.old`)
  // For root, too, which a missing permission would not stop.
  symlinkSync(folder, folder)
  await expect(fill(store, [3])).rejects.toThrow(
    /the state file .*auditferry\.db can't be reached \(ELOOP\): give the user of auditferry access/,
  )
  rmSync(folder)
  renameSync(`${folder}.old`, folder)
  await fill(store, [3])
  expect(await store.bounds(SOURCE)).toMatchObject({ end: 6 })
})

it('the engine is stuck and not ready, delivers nothing, and continues once the files are back', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, { state: { type: 'embedded', path: './state' } }))
  const engine = await site.serve()
  // The store must know it, too: what isn't stored when the files go would be held up with the rest.
  await eventually(async () =>
    expect((await engine.status()).sinks.local).toMatchObject({ delivered: 3, backlogEvents: 0 }),
  )

  const move = (from: string, to: string) => {
    mkdirSync(site.path(to), { recursive: true })
    for (const name of readdirSync(site.path(from)))
      renameSync(site.path(`${from}/${name}`), site.path(`${to}/${name}`))
  }
  move('state', 'elsewhere')
  acme.add(recentEvents(4, 4))
  await eventually(async () => {
    const { state, sources } = await engine.status()
    expect({ state, reason: sources.acme?.reason }).toEqual({
      state: 'stuck',
      reason: expect.stringMatching(/auditferry\.db was removed or moved away while in use/),
    })
    expect((await fetch(new URL('/readyz', engine.url))).status).toBe(503)
  })
  expect(site.delivered()).toHaveLength(3)

  move('elsewhere', 'state')
  await eventually(() => expect(site.delivered()).toHaveLength(7))
  engine.signal('SIGTERM')
  expect(await engine.ended).toMatchObject({ code: 0 })
  expect(site.delivered().toSorted()).toEqual([...descriptionsOf(3), ...descriptionsOf(4, 4)].toSorted())
})
