import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { endOfLastLine, readAt } from './file-tail.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auditferry-tail-'))
})
afterAll(() => rm(folder, { recursive: true }))

const LONG = 'x'.repeat(200_000)

it.each([
  ['', 0, 0],
  ['abc', 3, 0],
  ['a\nb', 3, 2],
  ['a\nb\n', 4, 4],
  ['a\nb\n', 3, 2],
  [`a\n${LONG}`, LONG.length + 2, 2],
  [`${LONG}\n${LONG}`, LONG.length * 2 + 1, LONG.length + 1],
  [LONG, LONG.length, 0],
  // Around the size of the block that is read at once.
  ...[-2, -1, 0, 1, 2].map(
    (more) => [`a\n${'x'.repeat((1 << 16) + more)}`, (1 << 16) + more + 2, 2] as const,
  ),
] as const)('finds the end of the last whole line (case %#)', async (text, size, expected) => {
  const path = join(folder, 'lines')
  await writeFile(path, text)
  await using handle = await open(path)
  expect(await endOfLastLine(handle, size)).toBe(expected)
  expect(`${await readAt(handle, expected, 300_000)}`).toBe(text.slice(expected, expected + 300_000))
})
