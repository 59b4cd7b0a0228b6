/** A file system becomes read-only under a state that was written before. */
import { execFileSync } from 'node:child_process'
import { expect, it, onTestFinished } from 'vitest'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { mountSmallDisk } from '../e2e/small-disk.ts'
import { tempFolder } from '../engine/temp-folder.ts'

it('is reported with its cure, and not as a broken disk', async (context) => {
  const folder = tempFolder()
  const site = { path: (name: string) => `${folder}/${name}`, defer: onTestFinished }
  if (!mountSmallDisk(site, 'disk', '4096k')) return context.skip('mounting takes root')
  const disk = site.path('disk')
  await openSqliteStore(disk).close()
  execFileSync('mount', ['-o', 'remount,ro', disk])
  expect(() => openSqliteStore(disk)).toThrow(
    /^the state file .*auditferry\.db can't be written .*: make the folder writable for this user/,
  )
  execFileSync('mount', ['-o', 'remount,rw', disk])
  await openSqliteStore(disk).close()
})
