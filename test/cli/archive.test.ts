import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { register } from '../../src/cli/archive.ts'
import { OperationError, UsageError } from '../../src/errors.ts'
import { eventOfEach } from '../formats/sample-events.ts'
import { createHarness } from './harness.ts'

const HEADER =
  'Timestamp,Name,Login,Event,Description,SourceIP,RequireOrgAdmin,RequireStackAdmin,AuthenticationFailure'
const row = (second: number) =>
  `2026-05-12T10:00:0${second}Z,Dana,dana,Stack Created,stack,198.51.100.7,false,true,false`
const CONFIG = `
sources:
  acme: { type: pulumi, organization: acme-corp, access_token: secret }
sinks:
  archive: { type: file, path: out }
`

let folder = ''
let said = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auditferry-'))
  await file('config.yaml', CONFIG)
  said = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text
    return true
  })
})

afterEach(() => {
  process.exitCode = 0
  vi.restoreAllMocks()
})

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}

const options = (sink = 'archive') => ['--sink', sink, '-c', join(folder, 'config.yaml')]

test('adds the events of all files and prints the total', async () => {
  const harness = createHarness(register)
  const one = await file('one.csv', [HEADER, row(2), row(1)].join('\n'))
  const two = await file('two.csv', [HEADER, row(3)].join('\n'))
  expect(await harness.run('archive', 'import', one, two, ...options())).toBe(
    'Archived in archive: 3; 0 were there already.\n',
  )
  expect(harness.engine.imported).toHaveLength(3)
  expect(harness.engine.imported[0]).toMatchObject({ source: 'acme', organization: 'acme-corp' })
  expect(process.exitCode ?? 0).toBe(0)
  expect(said).toBe('')
})

test('needs no --sink if only one sink keeps an archive', async () => {
  const harness = createHarness(register)
  const one = await file('one.csv', [HEADER, row(1)].join('\n'))
  const sinks = 'sinks:\n  local: { type: file, path: out }\n  archive: { type: archive, path: archive.db }\n'
  const config = await file('kept.yaml', CONFIG.replace(/^sinks:[\s\S]*/m, sinks))
  expect(await harness.run('archive', 'import', one, '-c', config)).toBe(
    'Archived in archive: 1; 0 were there already.\n',
  )
})

test('says how many events the archive drops again, since they are older than `retain`', async () => {
  const harness = createHarness(register)
  const young = row(1).replace('2026-05-12', '2026-11-20')
  const old = await file('old.csv', [HEADER, young, row(1)].join('\n'))
  const sinks = 'sinks:\n  archive: { type: archive, path: archive.db, retain: 30d }\n'
  const config = await file('kept.yaml', CONFIG.replace(/^sinks:[\s\S]*/m, sinks))
  await harness.run('archive', 'import', old, '-c', config)
  expect(said).toBe(
    'auditferry: older than `retain` of archive: 1 event of these files; its next upkeep drops such events\n',
  )
})

test.each([
  ['', /^--sink: no sink keeps an archive/],
  [
    '  kept: { type: archive, path: kept.db }\n  cold: { type: archive, path: cold.db }\n',
    /^--sink: which one\? There are kept, cold$/,
  ],
])('requires --sink if the choice is not clear (%j)', async (sinks, said) => {
  const harness = createHarness(register)
  const one = await file('one.csv', [HEADER, row(1)].join('\n'))
  const config = await file('kept.yaml', CONFIG + sinks)
  const run = harness.run('archive', 'import', one, '-c', config)
  await expect(run).rejects.toThrow(UsageError)
  await expect(run).rejects.toThrow(said)
  expect(harness.engine.imported).toEqual([])
})

test('names rows that cannot be read with file and line, and ends with 3', async () => {
  const harness = createHarness(register)
  const one = await file('one.csv', [HEADER, 'x', row(1)].join('\n'))
  const printed = await harness.run('archive', 'import', one, ...options(), '--json')
  const reason = '1 fields where the header has 9'
  expect(said).toBe(`auditferry: ${one}:2: ${reason}\n`)
  expect(JSON.parse(printed)).toEqual({
    ...{ sink: 'archive', files: [one], added: 1, known: 0, filtered: 0, refused: [], unreadable: 1 },
    faults: [{ file: one, line: 2, reason }],
  })
  expect(process.exitCode).toBe(3)
})

test('names a file that is not sorted, counts no row of it as unreadable, and ends with 3', async () => {
  const harness = createHarness(register)
  const one = await file('one.csv', [HEADER, row(2), row(3), row(1)].join('\n'))
  const printed = await harness.run('archive', 'import', one, ...options(), '--json')
  expect(said).toMatch(/one\.csv: is not sorted by time; /)
  expect(JSON.parse(printed)).toMatchObject({
    ...{ added: 3, refused: [], unreadable: 0 },
    faults: [{ file: one, line: null, reason: expect.stringMatching(/^is not sorted by time; /) }],
  })
  expect(process.exitCode).toBe(3)
  const told = await harness.run('archive', 'import', one, ...options())
  expect(told).toBe('Archived in archive: 3; 0 were there already.\n')
})

test('fails for a missing file before anything is sent, and for one that is not an export', async () => {
  const harness = createHarness(register)
  const one = await file('one.csv', [HEADER, row(1)].join('\n'))
  const none = join(folder, 'none.csv')
  await expect(harness.run('archive', 'import', one, none, ...options())).rejects.toThrow(
    `${none}: no such file`,
  )
  expect(harness.engine.imported).toEqual([])
  const page = await file('page.html', '<html>')
  const failing = harness.run('archive', 'import', one, page, ...options())
  await expect(failing).rejects.toThrow(OperationError)
  await expect(failing).rejects.toThrow(
    'in the archive now: 1 event of these files; repeat the command for the rest',
  )
})

test('requires an archive and a source that exist', async () => {
  const harness = createHarness(register)
  const one = await file('one.csv', HEADER)
  await expect(harness.run('archive', 'import', one, ...options('soc'))).rejects.toThrow(
    new UsageError('the sink soc keeps no archive'),
  )
  const other = harness.run('archive', 'import', one, ...options(), '--source', 'acne')
  await expect(other).rejects.toThrow('--source: no source acne; there is acme (did you mean acme?)')
})

test('does not send what no request has room for', async () => {
  const harness = createHarness(register)
  const large = row(1).replace('stack,', `${'x'.repeat(1_100_000)},`)
  const one = await file('one.csv', [HEADER, large, row(0)].join('\n'))
  expect(await harness.run('archive', 'import', one, ...options())).toContain(
    'import it while no engine runs',
  )
  expect(process.exitCode).toBe(3)
  harness.running = false
  await harness.run('archive', 'import', one, ...options())
  expect(harness.engine.imported).toHaveLength(3)
})

test('refuses a line with a forged uid by file and line, unless it is said to be redacted', async () => {
  const harness = createHarness(register)
  const [first, second] = eventOfEach()
  const forged = { ...second, actor: { ...second?.actor, login: 'mallory' } }
  const lines = await file('own.ndjson', [first, forged].map((event) => JSON.stringify(event)).join('\n'))
  const importEvents = vi.spyOn(harness.engine, 'importEvents')
  const printed = await harness.run('archive', 'import', lines, ...options(), '--json')
  expect(JSON.parse(printed)).toMatchObject({
    ...{ added: 1, unreadable: 0, faults: [] },
    refused: [{ uid: second?.uid, reason: expect.stringMatching(/own\.ndjson:2: its uid .*--redacted/) }],
  })
  expect(said).toContain(`auditferry: ${lines}:2: its uid does not follow from its fields`)
  expect(harness.engine.imported).toMatchObject([first])
  expect(importEvents.mock.lastCall?.[0].part).toMatchObject({ refused: 1, last: true })
  expect(process.exitCode).toBe(3)
  process.exitCode = 0
  await harness.run('archive', 'import', lines, ...options(), '--redacted')
  expect(harness.engine.imported).toMatchObject([first, first, forged])
  expect(process.exitCode).toBe(0)
})
