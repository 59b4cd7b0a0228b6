import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { register } from '../../src/cli/dead-letters.ts'
import { OperationError, UsageError } from '../../src/errors.ts'
import { tempFolder } from '../engine/temp-folder.ts'
import { letter } from '../server/fake-engine.ts'
import { createHarness } from './harness.ts'

test('list shows each with its reason, or the public JSON', async () => {
  const harness = createHarness(register)
  expect(await harness.run('dead-letters', 'list', '--sink', 'hook')).toBe(
    [
      'SINK  AT                    STATE   ATTEMPTS  ID',
      'hook  2026-11-22 21:00:00Z  parked         1  b1',
      '  HTTP 400: Incorrect data format',
      '',
    ].join('\n'),
  )
  const { deadLetters } = JSON.parse(await harness.run('dead-letters', 'list', '--json'))
  expect(deadLetters).toHaveLength(3)
  expect(deadLetters[0]).toMatchObject({
    id: 'a1',
    at: '2026-11-22T21:00:00.000Z',
    event: { action: 'stack-created' },
  })
  harness.engine.letters = []
  expect(await harness.run('dead-letters', 'list')).toBe('No dead letters.\n')
})

test('show prints one with its event', async () => {
  const harness = createHarness(register)
  const output = await harness.run('dead-letters', 'show', 'a1')
  expect(output).toContain('reason:   HTTP 400: Incorrect data format')
  expect(output).toContain('    "action": "stack-created"')
  expect(JSON.parse(await harness.run('dead-letters', 'show', 'a1', '--json'))).toMatchObject({
    id: 'a1',
    sink: 'soc',
  })
  await expect(harness.run('dead-letters', 'show', 'zz')).rejects.toThrow(OperationError)
})

test('retry queues ids, a sink or all', async () => {
  const harness = createHarness(register)
  expect(await harness.run('dead-letters', 'retry', 'a1', 'b1')).toBe('Queued: 2; the engine sends them.\n')
  expect(harness.engine.letters.map(({ state }) => state)).toEqual(['queued', 'parked', 'queued'])
  expect(JSON.parse(await harness.run('dead-letters', 'retry', '--sink', 'soc', '--json'))).toEqual({
    queued: 2,
  })
  harness.running = false
  expect(await harness.run('dead-letters', 'retry', '--all')).toBe('Queued: 3; the next run sends them.\n')
  harness.engine.letters = []
  expect(await harness.run('dead-letters', 'retry', '--all')).toBe('Nothing to queue.\n')
})

test('retry names the sinks that nobody delivers to: disabled, or no longer configured', async () => {
  const harness = createHarness(register)
  harness.engine.letters = [letter('a1', 'soc'), letter('c1', 'old'), letter('c2', 'old')]
  let stderr = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text
    return true
  })
  onTestFinished(() => void vi.restoreAllMocks())
  await harness.run('dead-letters', 'retry', '--all')
  expect(stderr).toBe(
    'auditferry: sink old is disabled, or not in the configuration: what is queued for it (2) waits until it is back\n',
  )
})

test('an unknown id changes nothing', async () => {
  const harness = createHarness(register)
  await expect(harness.run('dead-letters', 'retry', 'a1', 'zz')).rejects.toThrow(/zz/)
  await expect(harness.run('dead-letters', 'drop', 'a1', 'zz', '--yes')).rejects.toThrow(OperationError)
  expect(harness.engine.letters.map(({ state }) => state)).toEqual(['parked', 'parked', 'parked'])
  expect(harness.closed).toBe(2)
})

test('a sink that is neither configured nor has any is reported, with the nearest name; a removed sink still answers', async () => {
  for (const command of [['list'], ['retry'], ['drop', '--yes'], ['export', '-o', '-']]) {
    const harness = createHarness(register)
    const told = harness.run('dead-letters', ...command, '--sink', 'soz')
    await expect(told).rejects.toThrow(/^there is no sink soz; there is .*soc.* \(did you mean soc\?\)$/)
    await expect(told).rejects.toThrow(UsageError)
  }
  const harness = createHarness(register)
  harness.engine.letters = [letter('r1', 'removed')]
  expect(await harness.run('dead-letters', 'list', '--sink', 'removed')).toContain('r1')
  expect(await harness.run('dead-letters', 'list', '--sink', 'soc')).toBe('No dead letters.\n')
})

test.each([
  [['retry']],
  [['drop', '--yes']],
  [['retry', '--all', 'a1']],
  [['drop', '--all', '--sink', 'soc', '--yes']],
])('demands exactly one way to select: %j', async (args) => {
  const harness = createHarness(register)
  await expect(harness.run('dead-letters', ...args)).rejects.toThrow(UsageError)
  expect(harness.engine.letters.filter(({ state }) => state === 'parked')).toHaveLength(3)
})

test('drop asks on a terminal and demands --yes elsewhere', async () => {
  const harness = createHarness(register)
  await expect(harness.run('dead-letters', 'drop', '--all')).rejects.toThrow(UsageError)
  // The last two are Ctrl-C and Ctrl-D.
  for (const answer of ['n\n', '\x03', '\x04']) {
    harness.type(answer)
    await expect(harness.run('dead-letters', 'drop', '--all')).rejects.toThrow(
      new OperationError('nothing was dropped'),
    )
  }
  expect(harness.engine.letters).toHaveLength(3)
  harness.type('y\n')
  expect(await harness.run('dead-letters', 'drop', 'a1')).toContain('Drop 1 for good? [y/N]')
  expect(harness.engine.letters.map(({ id }) => id)).toEqual(['a2', 'b1'])
  expect(
    JSON.parse(await createHarness(register).run('dead-letters', 'drop', '--all', '--yes', '--json')),
  ).toEqual({
    dropped: 3,
  })
})

test('list, drop and export handle more than one answer of the engine holds', async () => {
  const harness = createHarness(register)
  const ids = Array.from({ length: 1_203 }, (_, at) => `a${String(at).padStart(5, '0')}`)
  harness.engine.letters = ids.map((id) => letter(id, 'soc'))
  const { deadLetters: all } = harness.engine
  harness.engine.deadLetters = (query) => all({ limit: 1_000, ...query })
  const { deadLetters } = JSON.parse(await harness.run('dead-letters', 'list', '--json'))
  expect(deadLetters.map(({ id }: { id: string }) => id)).toEqual(ids)
  const file = join(tempFolder(), 'dead.ndjson')
  expect(await harness.run('dead-letters', 'export', '-o', file)).toBe(`Written: 1203 to ${file}.\n`)
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(ids)
})

test('list holds what no call takes as arguments, and its JSON is one document with the usual layout', async () => {
  const harness = createHarness(register)
  const letters = Array.from({ length: 130_000 }, (_, at) => letter(`a${1_000_000 + at}`, 'soc'))
  const starts = new Map(letters.map(({ id }, at) => [id, at + 1]))
  harness.engine.deadLetters = async ({ after, limit = 1_000 }) => {
    const start = after === undefined ? 0 : (starts.get(after.id) ?? 0)
    return letters.slice(start, start + limit)
  }
  const lines = (await harness.run('dead-letters', 'list')).trimEnd().split('\n')
  expect(lines).toHaveLength(1 + 2 * letters.length)
  expect(lines.at(-2)).toMatch(/a1129999$/)
  for (const left of [2, 0]) {
    letters.length = left
    const text = await harness.run('dead-letters', 'list', '--json')
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), undefined, 2)}\n`)
    expect(JSON.parse(text).deadLetters).toHaveLength(left)
  }
})

test('an export that breaks off leaves no file that could be mistaken for a complete one', async () => {
  const harness = createHarness(register)
  const { deadLetters } = harness.engine
  harness.engine.letters = Array.from({ length: 600 }, (_, at) => letter(`a${1_000 + at}`, 'soc'))
  harness.engine.deadLetters = async (query) => {
    if (query.after !== undefined) throw new OperationError('the engine stops')
    return deadLetters(query)
  }
  const file = join(tempFolder(), 'dead.ndjson')
  await expect(harness.run('dead-letters', 'export', '-o', file)).rejects.toThrow('the engine stops')
  await expect(stat(file)).rejects.toThrow(/ENOENT/)
})

test('an export is called .part until it is complete: a killed one leaves no file that could be mistaken for it', async () => {
  const harness = createHarness(register)
  const folder = tempFolder()
  const { deadLetters } = harness.engine
  let seen: string[] = []
  harness.engine.letters = Array.from({ length: 600 }, (_, at) => letter(`a${1_000 + at}`, 'soc'))
  harness.engine.deadLetters = async (query) => {
    if (query.after !== undefined) seen = await readdir(folder)
    return deadLetters(query)
  }
  await harness.run('dead-letters', 'export', '-o', join(folder, 'dead.ndjson'))
  expect(seen).toEqual(['dead.ndjson.part'])
  expect(await readdir(folder)).toEqual(['dead.ndjson'])
  await expect(harness.run('dead-letters', 'export', '-o', join(folder, 'none/x'))).rejects.toThrow(
    /none\/x can't be written: .*; make its folder first, or name another file/,
  )
})

test('export writes NDJSON to a new file that only its owner reads', async () => {
  const harness = createHarness(register)
  const file = join(tempFolder(), 'dead.ndjson')
  expect(await harness.run('dead-letters', 'export', '-o', file)).toBe(`Written: 3 to ${file}.\n`)
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(['a1', 'a2', 'b1'])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await expect(harness.run('dead-letters', 'export', '-o', file)).rejects.toThrow(/exists/)
  const printed = await harness.run('dead-letters', 'export', '-o', '-', '--sink', 'hook')
  expect(JSON.parse(printed).id).toBe('b1')
  const other = join(tempFolder(), 'hook.ndjson')
  const told = await harness.run('dead-letters', 'export', '-o', other, '--sink', 'hook', '--json')
  expect(JSON.parse(told)).toEqual({ file: other, written: 1 })
  await expect(harness.run('dead-letters', 'export', '-o', '-', '--json')).rejects.toThrow(UsageError)
})
