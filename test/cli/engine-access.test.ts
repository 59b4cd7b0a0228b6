import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEngineApi } from '../../src/cli/engine-access.ts'
import { UsageError } from '../../src/errors.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { findEngine, removeEngineFile, writeEngineFile } from '../../src/server/engine-file.ts'
import { startServer } from '../../src/server/server.ts'
import { commandOf } from '../../src/spool/sqlite/owner.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { tempFolder } from '../engine/temp-folder.ts'
import { sampleStatus } from '../ops/sample-status.ts'
import { createFakeEngine } from '../server/fake-engine.ts'

const startedAt = '2026-11-22T20:00:00.000Z'

test('a running engine is found by its file and asked with the token of the configuration', async () => {
  const { folder, config } = await writeConfig()
  const server = await startServer({
    server: { host: '127.0.0.1', port: 0, console: false, adminToken: new Secret('s3cret-token') },
    engine: createFakeEngine(),
    prometheus: { text: async () => '' },
    logger: silentLogger,
    version: '0.1.0',
  })
  await writeEngineFile(folder, { pid: process.pid, url: server.url, startedAt })
  const access = await openEngineApi(config)
  expect(access.running).toBe(true)
  expect(await access.api.status()).toEqual(sampleStatus)
  await access.close()
  await server.close()
})

test('the file is private, whole, and gone after removal', async () => {
  const { folder } = await writeConfig()
  await writeEngineFile(folder, { pid: process.pid, url: 'http://127.0.0.1:1', startedAt })
  expect((await stat(join(folder, 'engine.json'))).mode & 0o777).toBe(0o600)
  expect(await findEngine(folder)).toEqual({ pid: process.pid, url: 'http://127.0.0.1:1', startedAt })
  expect(await readdir(folder)).not.toContain('engine.json.new')
  await removeEngineFile(folder)
  await removeEngineFile(folder)
  expect(await findEngine(folder)).toBeUndefined()
})

test('a file left by a killed engine, or a damaged one, counts as none', async () => {
  const { folder } = await writeConfig()
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  await writeEngineFile(folder, { pid: child.pid ?? 0, url: 'http://127.0.0.1:1', startedAt })
  expect(await findEngine(folder)).toBeUndefined()
  for (const damaged of ['', '{"pid":', '{"pid":1}', '[]']) {
    await writeFile(join(folder, 'engine.json'), damaged)
    expect(await findEngine(folder)).toBeUndefined()
  }
})

test('a copy of the state folder does not lead to the engine that runs on the original', async () => {
  const { folder } = await writeConfig()
  const engine = { pid: process.pid, url: 'http://127.0.0.1:1', startedAt }
  await writeEngineFile(folder, engine)
  const copy = tempFolder()
  await copyFile(join(folder, 'engine.json'), join(copy, 'engine.json'))
  expect(await findEngine(copy)).toBeUndefined()
  const otherName = join(copy, 'link')
  await symlink(folder, otherName)
  expect(await findEngine(otherName)).toEqual(engine)
})

test('the folder that an engine in another container holds is known, whatever lies under its path here', async () => {
  const { folder } = await writeConfig()
  const engine = { pid: process.pid, url: 'http://127.0.0.1:1', startedAt }
  await writeEngineFile(folder, engine)
  const file = join(folder, 'engine.json')
  const stored = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...stored, folder: tempFolder() }))
  expect(await findEngine(folder)).toEqual(engine)
})

test('errors of the configuration are reported with their places', async () => {
  const folder = tempFolder()
  const file = join(folder, 'auditferry.yaml')
  await writeFile(file, 'sorces: {}\n')
  await expect(openEngineApi(file)).rejects.toThrow(UsageError)
  await expect(openEngineApi(file)).rejects.toThrow(`${file}:1:1: sorces`)
})

test('a state that another command holds is waited for, and then reported with that command', async () => {
  const { folder, config } = await writeConfig()
  const store = openSqliteStore(folder)
  await writeFile(join(folder, 'engine.json'), `{"pid":${process.pid},"command":"run --once"}`)
  // Checks first, and then again and again, however busy the machine is.
  const waiting = openEngineApi(config, 120_000)
  await expect(openEngineApi(config, 0)).rejects.toThrow(
    `\`auditferry run --once\` (process ${process.pid}) uses the state folder ${folder}: try again when it has ended`,
  )
  await store.close()
  const access = await waiting
  expect(access.running).toBe(false)
  await access.close()
})

test('an engine that holds the state and does not answer is reported as such', async () => {
  const { folder, config } = await writeConfig()
  const store = openSqliteStore(folder)
  await writeEngineFile(folder, { pid: process.pid, url: 'http://127.0.0.1:1', startedAt })
  await expect(openEngineApi(config, 0)).rejects.toThrow(
    `the engine (process ${process.pid}) holds the state and does not answer at http://127.0.0.1:1`,
  )
  await store.close()
})

test.each([
  [['run'], undefined],
  [['run', '-c', 'a.yaml', '--once'], 'run --once'],
  [['reconcile', '--from', '24h'], 'reconcile'],
  [['dead-letters', 'retry', '--all'], 'dead-letters retry'],
  [['/a/file.ts'], undefined],
])('the command line %j names its holder %s', (words, command) => {
  expect(commandOf(words)).toBe(command)
})

async function writeConfig() {
  const folder = tempFolder()
  const config = join(folder, 'auditferry.yaml')
  await writeFile(
    config,
    `sources: { acme: { type: pulumi, organization: acme, access_token: pul-0123456789 } }
sinks: { local: { type: file, path: ./out.ndjson } }
state: { path: . }
server: { admin_token: s3cret-token }
`,
  )
  return { folder, config }
}
