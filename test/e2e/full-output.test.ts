import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { expect, it } from 'vitest'

it('an output without room is reported without a stack trace', () => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync('src/cli/auditferry.mjs', ['schema'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  closeSync(full)
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^auditferry: standard output can't be written: ENOSPC.*\n$/),
  })
})
