/** Commands in a folder that has been removed, as after a fresh deployment in the same shell. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { tempFolder } from '../engine/temp-folder.ts'

const LAUNCHER = resolve('src/cli/auditferry.mjs')

/** In a folder that no longer exists. */
function inGone(args: readonly string[]) {
  const gone = join(tempFolder(), 'gone')
  mkdirSync(gone)
  const { AUDITFERRY_CONFIG: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', 'rmdir "$PWD" && exec "$0" "$@"', LAUNCHER, ...args],
    { cwd: gone, env, encoding: 'utf8' },
  )
  // The launcher's shell prints something of its own.
  return {
    status,
    stdout,
    stderr: stderr
      .split('\n')
      .filter((line) => !line.includes('getcwd'))
      .join('\n'),
  }
}

it.each([['status'], ['validate'], ['start']])('%s says that the folder is gone', (command) => {
  expect(inGone(command.split(' '))).toEqual({
    status: 1,
    stdout: '',
    stderr: 'auditferry: the folder that this runs in was removed: change to one that is there\n',
  })
})

it('a configuration with a full path is found all the same', () => {
  const file = join(tempFolder(), 'auditferry.yaml')
  writeFileSync(
    file,
    'sources: { acme: { type: pulumi, organization: acme, access_token: t } }\nsinks: { local: { type: file, path: ./a.ndjson } }\n',
  )
  expect(inGone(['validate', '-c', file])).toMatchObject({ status: 0, stderr: '' })
  expect(inGone(['status', '-c', file])).toMatchObject({ status: 0, stderr: '' })
})
