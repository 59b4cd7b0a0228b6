import { expect, it } from 'vitest'
import { openFile } from './scratch.ts'

it('a folder that cannot be created is reported, and not tried in a loop', async () => {
  // The parent is there and mkdir says ENOENT all the same: Node's recursive one then never ends.
  const { sink, batchOf } = openFile({ path: '/proc/auditferry/logs/audit.ndjson' })
  expect(await sink.write(batchOf(1), new AbortController().signal)).toEqual([
    { kind: 'retry', reason: expect.stringContaining('its folder cannot be made') },
  ])
})

it('a place that cannot hold a file pauses the sink, and is named as such', async () => {
  const { sink, batchOf } = openFile({ path: '/proc/self/comm' })
  const [outcome] = await sink.write(batchOf(1), new AbortController().signal)
  expect(outcome).toEqual({ kind: 'pause', reason: expect.stringContaining('this is no place for a file') })
})
