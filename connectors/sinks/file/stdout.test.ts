import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { lineFormat } from '../../../src/formats/formats.ts'
import type { Outcome } from '../../../src/outcome.ts'
import { auditEvents } from '../../../test/conformance/batches.ts'

it('prints every event, and the CSV header once', async () => {
  const { child, outcomes, stdout } = print('csv', 100, 5, 10_000)
  const format = lineFormat('csv')
  const expected = [format.header, ...auditEvents(500).map((event) => format.encode(event))]
  expect(await text(stdout)).toBe(expected.map((line) => line + format.lineEnd).join(''))
  await once(child, 'close')
  expect(outcomes).toMatchObject([...new Array(5).fill({ kind: 'delivered' }), { kind: 'retry' }])
})

it('waits for a slow reader without blocking the process, and gives up when aborted', async () => {
  const { child, outcomes, alive, stdout } = print('native', 1000, 2, 300)
  // A pipe holds 64 KiB, a batch is ten times that.
  await expect.poll(() => outcomes.length).toBe(3)
  expect(outcomes).toMatchObject(new Array(3).fill({ kind: 'retry' }))
  expect(alive()).toBeGreaterThan(5)
  const lines = (await text(stdout)).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).uid)).toEqual(auditEvents(1000).map(({ uid }) => uid))
  await once(child, 'close')
})

it('pauses when nobody reads any more, and survives that', async () => {
  const { child, outcomes, stdout } = print('native', 1000, 3, 10_000)
  stdout.destroy()
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
  expect(outcomes).toHaveLength(4)
  for (const outcome of outcomes.slice(0, 3)) {
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('standard output') })
  }
})

function print(...args: readonly (string | number)[]) {
  const child: ChildProcess = fork(join(import.meta.dirname, 'fixtures/printer.ts'), args.map(String), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [],
  })
  const outcomes: Outcome[] = []
  let beats = 0
  child.on('message', (message) => {
    if (message === 'alive') beats += 1
    else outcomes.push(message as Outcome)
  })
  if (child.stdout === null) throw new Error('no pipe')
  return { child, outcomes, alive: () => beats, stdout: child.stdout }
}
