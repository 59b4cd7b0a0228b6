/** A command that can't write its result says what to do, and leaves nothing that could be mistaken for the whole. */
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openOutput } from '../../src/cli/output.ts'
import { OperationError, UsageError } from '../../src/errors.ts'
import { tempFolder } from '../engine/temp-folder.ts'

it.each([
  ['none/x', /none\/x can't be written: ENOENT.*; make its folder first, or name another file$/],
  ['plain/x', /plain\/x can't be written: ENOTDIR.*; part of its path is no folder: name another file$/],
  ['folder', /folder is a folder; name a file$/],
  ['plain', /plain exists; name a new file$/],
])('the cure of %s', async (name, told) => {
  const folder = tempFolder()
  mkdirSync(join(folder, 'folder'))
  writeFileSync(join(folder, 'plain'), '')
  const opened = openOutput(join(folder, name))
  await expect(opened).rejects.toThrow(told)
  await expect(opened).rejects.toThrow(OperationError)
  expect(readdirSync(folder).toSorted()).toEqual(['folder', 'plain'])
})

it('an empty name is reported at once', async () => {
  await expect(openOutput('')).rejects.toThrow(UsageError)
})

it('replaces a file on request, once it is complete: its mode and a link to it stay', async () => {
  const folder = tempFolder()
  const [file, link] = [join(folder, 'a'), join(folder, 'b')]
  writeFileSync(file, 'old', { mode: 0o604 })
  symlinkSync('a', link)
  const given = await openOutput(link, { replaces: true })
  await given.write('new')
  expect(readFileSync(file, 'utf8')).toBe('old')
  await given.discard()
  expect(readdirSync(folder).toSorted()).toEqual(['a', 'b'])
  const kept = await openOutput(link, { replaces: true })
  await kept.write('new')
  await kept.close()
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(readFileSync(link, 'utf8')).toBe('new')
  expect(statSync(file).mode & 0o777).toBe(0o604)
  expect(readdirSync(folder).toSorted()).toEqual(['a', 'b'])
})
