import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { register } from '../../src/cli/replay.ts'
import { OperationError, UsageError } from '../../src/errors.ts'
import type { ReplaySlice } from '../../src/replay/request.ts'
import { tempFolder } from '../engine/temp-folder.ts'
import { letter } from '../server/fake-engine.ts'
import { createHarness } from './harness.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)
const RANGE = ['--sink', 'soc', '--from', '2026-11-22T10:00:00Z', '--to', '2026-11-22T11:00:00Z']
const FROM = Date.UTC(2026, 10, 22, 10) / 1_000
const CURSOR = { source: 'acme', to: FROM + 3_600, phase: 'source', at: FROM + 60 } as const

const slice = (changes: Partial<ReplaySlice>): ReplaySlice => ({
  source: 'acme',
  phase: 'spool',
  queued: 0,
  filtered: 0,
  failed: 0,
  found: [],
  unreadable: 0,
  gaps: 0,
  notFound: 0,
  waits: false,
  ...changes,
})

afterEach(() => {
  process.exitCode = 0
})

test('asks slice by slice and prints the total', async () => {
  const harness = createHarness(register)
  harness.engine.slices = [slice({ queued: 5_000, next: CURSOR }), slice({ queued: 7, filtered: 2 })]
  expect(await harness.run('replay', ...RANGE)).toBe(
    'Queued for soc: 5007; the engine sends them.\n2 not sent, by the rules of soc\n',
  )
  const asked = { sink: 'soc', from: FROM, to: FROM + 3_600 }
  expect(harness.engine.replayed).toEqual([asked, { ...asked, cursor: CURSOR }])
  expect(process.exitCode ?? 0).toBe(0)
  harness.running = false
  harness.engine.slices = [slice({ queued: 1 })]
  expect(await harness.run('replay', ...RANGE)).toBe('Queued for soc: 1; the next run sends them.\n')
  harness.engine.slices = [slice({})]
  expect(await harness.run('replay', ...RANGE)).toBe('Nothing to send again.\n')
})

test('names the uids that were found nowhere, and ends with 3', async () => {
  const harness = createHarness(register)
  harness.engine.slices = [slice({ queued: 1, found: [A], next: CURSOR }), slice({})]
  const file = join(tempFolder(), 'uids')
  await writeFile(file, `${B}\n\n`)
  const printed = await harness.run('replay', ...RANGE, '--uid', A, '--uids', file)
  expect(printed).toContain(
    `1 asked for and found neither in the spool, nor in an archive, nor at the source in this range:\n${B}\n`,
  )
  expect(harness.engine.replayed.map(({ uids }) => uids)).toEqual([[A, B], [B]])
  expect(process.exitCode).toBe(3)
})

test('stops as soon as every uid is found, and prints one document', async () => {
  const harness = createHarness(register)
  harness.engine.slices = [slice({ queued: 1, found: [A], next: CURSOR })]
  expect(JSON.parse(await harness.run('replay', ...RANGE, '--uid', A, '--json'))).toEqual({
    sink: 'soc',
    from: '2026-11-22T10:00:00Z',
    to: '2026-11-22T11:00:00Z',
    queued: 1,
    filtered: 0,
    failed: 0,
    unreadable: 0,
    gaps: 0,
    notFound: 0,
    missing: [],
    origins: { spool: 1, archive: 0, source: 0 },
    unread: {},
  })
  expect(process.exitCode ?? 0).toBe(0)
})

test('says what is already queued when it breaks off', async () => {
  const harness = createHarness(register)
  harness.engine.slices = [slice({ phase: 'source', queued: 9, position: FROM + 60, next: CURSOR })]
  const told = harness.run('replay', ...RANGE)
  await expect(told).rejects.toThrow(OperationError)
  await expect(told).rejects.toThrow(/9 events down to 2026-11-22T10:01:00Z are queued.*repeat the command/)
})

test('says how many came from where, and which archive could not be read', async () => {
  const harness = createHarness(register)
  const unread = { old: 'the file is damaged' }
  harness.engine.slices = [
    slice({ phase: 'count', next: { ...CURSOR, phase: 'archive' } }),
    slice({ phase: 'archive', queued: 1_200, unread, next: CURSOR }),
    slice({ phase: 'archive', queued: 34, unread, next: CURSOR }),
    slice({ phase: 'source', queued: 6 }),
  ]
  expect(await harness.run('replay', ...RANGE)).toBe(
    'Queued for soc: 1240; the engine sends them.\n1,234 from the archive, 6 from the source.\n' +
      'the archive old could not be read, so the source was asked: the file is damaged\n',
  )
  harness.engine.slices = [slice({ queued: 7 }), slice({ phase: 'archive', queued: 3 })]
  const { origins } = JSON.parse(await harness.run('replay', ...RANGE, '--json'))
  expect(origins).toEqual({ spool: 7, archive: 0, source: 0 })
})

test('says no time when what was queued came from an archive, which is read past what it lacks', async () => {
  const harness = createHarness(register)
  harness.engine.slices = [
    slice({ phase: 'archive', queued: 9, position: FROM, next: CURSOR }),
    slice({ phase: 'source', queued: 1, position: FROM + 60, next: CURSOR }),
  ]
  await expect(harness.run('replay', ...RANGE)).rejects.toThrow(/\n10 events are queued and will be sent/)
})

test('--cancel takes back only what waits', async () => {
  const harness = createHarness(register)
  const { letters } = harness.engine
  harness.engine.letters = [...letters, { ...letter('r1', 'soc'), state: 'replay' }]
  expect(await harness.run('replay', '--sink', 'soc', '--cancel')).toBe('Taken back: 1.\n')
  expect(harness.engine.letters).toEqual(letters)
})

test('an unknown sink fails with the engine’s message', async () => {
  const told = createHarness(register).run('replay', ...RANGE)
  await expect(told).rejects.toThrow(OperationError)
  await expect(told).rejects.toThrow('no sink soc; there is soc')
})

test.each([
  [['--sink', 'soc', '--from', '2026-11-23', '--to', '2026-11-22'], /--from must lie before --to/],
  [['--sink', 'soc'], /--from: say from when on/],
  [['--sink', 'soc', '--from', 'yesterday'], /--from: expected a time/],
  [[...RANGE, '--uid', 'A1'], /a uid is 64 characters of 0-9 and a-f, not "A1"/],
  [[...RANGE, '--uids', '/nowhere/uids'], /--uids: \/nowhere\/uids: no such file$/],
])('refuses %j', async (args, expected) => {
  const harness = createHarness(register)
  await expect(harness.run('replay', ...args)).rejects.toThrow(UsageError)
  await expect(harness.run('replay', ...args)).rejects.toThrow(expected)
  expect(harness.engine.replayed).toEqual([])
})

test('says how many events of the ledger are gone, and does not count as done then', async () => {
  const harness = createHarness(register)
  const slices = [slice({ phase: 'source', queued: 1, notFound: 2, next: CURSOR }), slice({ notFound: 3 })]
  harness.engine.slices = [...slices]
  expect(await harness.run('replay', ...RANGE)).toContain('5 not sent: the ledger counts them, and neither')
  expect(process.exitCode).toBe(3)
  harness.engine.slices = [...slices]
  expect(JSON.parse(await harness.run('replay', ...RANGE, '--json'))).toMatchObject({
    queued: 1,
    notFound: 5,
  })
})
