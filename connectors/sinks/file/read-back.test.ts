import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { lineFormat } from '../../../src/formats/formats.ts'
import { readFiles } from './read-back.ts'

const FILES = '/proc/self/fd'

// Only Linux lists what a process has open.
it.runIf(existsSync(FILES))('leaves nothing open if one of the files cannot be opened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rotated-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'audit.ndjson')
  for (const it of [path, `${path}.2`]) writeFileSync(it, '')
  symlinkSync(`${path}.1`, `${path}.1`)
  const format = lineFormat('native')
  const lines = readFiles({ path, rotate: undefined }, { format }, new AbortController().signal)
  await expect(lines.next()).rejects.toThrow('ELOOP')
  expect(openBelow(folder)).toEqual([])
})

function openBelow(folder: string): string[] {
  return readdirSync(FILES).flatMap((number) => {
    const path = existsSync(join(FILES, number)) ? readlinkSync(join(FILES, number)) : ''
    return path.startsWith(folder) ? [path] : []
  })
}
