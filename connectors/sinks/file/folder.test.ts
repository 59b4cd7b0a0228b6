import { expect, it } from 'vitest'
import { openFile } from './scratch.ts'

it('a folder that can not be made is said, and not tried in a loop', async () => {
  // The parent is there and mkdir says ENOENT all the same: Node's recursive one then never ends.
  const { sink, batchOf } = openFile({ path: '/proc/auditferry/logs/audit.ndjson' })
  expect(await sink.write(batchOf(1), new AbortController().signal)).toEqual([
    { kind: 'retry', reason: expect.stringContaining('its folder can not be made') },
  ])
})
