import { Command } from 'commander'
import { expect, test } from 'vitest'
import { register } from '../../src/cli/top.ts'
import { sampleStatus } from '../ops/sample-status.ts'
import { createHarness } from './harness.ts'

test('prints plain lines if there is no terminal', async () => {
  const harness = createHarness(register)
  const lines = (await harness.run('top', '--count', '2', '--every', '0.1s')).trimEnd().split('\n')
  expect(lines).toHaveLength(4)
  expect(lines.slice(0, 2)).toEqual([
    '2026-11-22T21:46:52.000Z acme idle, lag 12 s, 4\u202f560 events, 0.0/s',
    '2026-11-22T21:46:52.000Z soc paused, lag 1 m 28 s, 1\u202f200 waiting, 0.0/s',
  ])
  expect(harness.closed).toBe(1)
})

test('on a terminal it redraws the alternate screen and leaves it at q', async () => {
  const harness = createHarness(register)
  harness.type('q')
  const output = await harness.run('top')
  expect(output.startsWith('\u001b[?1049h\u001b[?25l\u001b[H')).toBe(true)
  expect(output).toContain('EVENTS/S')
  expect(output).toContain('q ends')
  expect(output.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true)
})

test('an engine that goes away is shown as such and asked again', async () => {
  const harness = createHarness(register)
  let asked = 0
  harness.engine.status = async () => {
    if (++asked === 1) throw new Error('the engine does not answer\u001b[2J')
    return sampleStatus
  }
  const lines = (await harness.run('top', '--count', '2', '--every', '0.1s')).split('\n')
  expect(lines[0]).toBe('2026-11-22T21:46:52.000Z the engine does not answer [2J')
  expect(lines[1]).toContain('acme idle')
})

test('without an engine it says how to start one', async () => {
  const harness = createHarness(register)
  harness.running = false
  await expect(harness.run('top')).rejects.toThrow(/no engine is running.*: npx auditferry run/)
})

test.each([
  ['--every', 'soon'],
  ['--every', '1ms'],
  ['--count', '0'],
])('refuses %s %s', async (option, value) => {
  await expect(createHarness(register).run('top', option, value)).rejects.toThrow('expected')
})

test('tells its default as it would be typed', () => {
  const program = new Command()
  register(program)
  expect(program.commands[0]?.helpInformation()).toContain('time between two views (default: 2s)')
})
