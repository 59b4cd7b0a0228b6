import { expect, test } from 'vitest'
import { register } from '../../src/cli/pause.ts'
import { UsageError } from '../../src/errors.ts'
import { createHarness } from './harness.ts'

test('pauses and resumes a source or a sink by its id', async () => {
  const harness = createHarness(register)
  expect(await harness.run('pause', 'soc')).toBe('sink soc: paused until `npx auditferry resume soc`.\n')
  expect(JSON.parse(await harness.run('pause', 'acme', '--json'))).toEqual({
    kind: 'source',
    id: 'acme',
    paused: true,
  })
  expect([...harness.engine.paused.keys()]).toEqual(['sink soc', 'source acme'])
  expect(await harness.run('resume', 'soc')).toBe('sink soc: resumed.\n')
  expect([...harness.engine.paused.keys()]).toEqual(['source acme'])
  expect(harness.closed).toBe(3)
})

test('says which ids exist', async () => {
  const harness = createHarness(register)
  const refused = harness.run('pause', 'sok')
  await expect(refused).rejects.toThrow(UsageError)
  await expect(refused).rejects.toThrow('no source or sink sok; there are acme, soc (did you mean soc?)')
  await expect(harness.run('pause', 'constructor')).rejects.toThrow('no source or sink constructor')
  expect(harness.engine.paused.size).toBe(0)
})

test('accepts a disabled sink, which the status does not show', async () => {
  const harness = createHarness(register)
  const { status } = harness.engine
  harness.engine.status = async () => ({ ...(await status()), sinks: {} })
  expect(await harness.run('pause', 'soc')).toContain('sink soc: paused')
  expect([...harness.engine.paused.keys()]).toEqual(['sink soc'])
  expect(await harness.run('resume', 'soc')).toBe('sink soc: resumed.\n')
  await expect(harness.run('pause', 'sok')).rejects.toThrow(/^no source or sink sok; there (is|are) acme/)
})

test('asks for the kind if a source and a sink have the same id', async () => {
  const harness = createHarness(register)
  const { status } = harness.engine
  harness.engine.status = async () => {
    const { sources, ...rest } = await status()
    return { ...rest, sources: { ...sources, soc: sources.acme as (typeof sources)[string] } }
  }
  await expect(harness.run('pause', 'soc')).rejects.toThrow('a source and a sink are called soc: say --kind')
  await harness.run('pause', 'soc', '--kind', 'sink')
  expect([...harness.engine.paused.keys()]).toEqual(['sink soc'])
})
