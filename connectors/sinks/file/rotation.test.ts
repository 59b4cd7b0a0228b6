import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'
import { write } from '../../../test/conformance/deliver.ts'
import { openFile, scratchFolder } from './scratch.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await scratchFolder()
  path = join(folder, 'audit.ndjson')
})

const NOON = Date.UTC(2026, 10, 22, 12)

describe('rotation', () => {
  it('by size keeps each file below the limit and every line once', async () => {
    const { sink, batchOf } = openFile({ path, rotate: { max_bytes: '8KiB' } }, () => NOON)
    await Promise.all(Array.from({ length: 40 }, (_, index) => write(sink, batchOf(5, index * 5))))
    const names = await rotated()
    expect(names.length).toBeGreaterThan(5)
    expect(names[0]).toBe('audit-20261122T120000Z-1.ndjson')
    for (const name of [...names, 'audit.ndjson']) {
      expect((await stat(join(folder, name))).size).toBeLessThanOrEqual(8192)
    }
    expect(await allUids(names)).toEqual(batchOf(200).events.map(({ uid }) => uid))
  })

  it('by age happens at the first write after it', async () => {
    let now = Date.now()
    const { sink, batchOf } = openFile({ path, rotate: { max_age: '1h' } }, () => now)
    await write(sink, batchOf(1))
    now += 3_500_000
    await write(sink, batchOf(1, 1))
    expect(await rotated()).toHaveLength(0)
    now += 200_000
    await write(sink, batchOf(1, 2))
    expect(await rotated()).toHaveLength(1)
  })

  it('by age happens when the clock was set back by more than that', async () => {
    const { sink, batchOf } = openFile({ path, rotate: { max_age: '1h' } }, () => Date.now() - 7_200_000)
    await write(sink, batchOf(1))
    await write(sink, batchOf(1, 1))
    expect(await rotated()).toHaveLength(1)
  })

  it('names a file later than those before it, and keeps it, when the clock was set back', async () => {
    let now = NOON
    const { sink, batchOf } = openFile({ path, rotate: { max_bytes: '1KiB', keep: 2 } }, () => now)
    for (const at of [0, 1, 2, 3]) {
      if (at === 2) now -= 5 * 3_600_000
      await write(sink, batchOf(3, at * 3))
    }
    await sink.close()
    const names = await rotated()
    expect(names).toEqual(['audit-20261122T120000Z-2.ndjson', 'audit-20261122T120000Z-3.ndjson'])
    const newest = batchOf(12).events.slice(3)
    expect(await allUids(names)).toEqual(newest.map(({ uid }) => uid))
  })

  it('never moves an empty file away, and never splits a batch', async () => {
    const { sink, batchOf } = openFile(
      { path, rotate: { max_bytes: '1KiB', max_age: '1s' } },
      () => NOON + 1e12,
    )
    await writeFile(path, '')
    await write(sink, batchOf(20))
    expect(await rotated()).toHaveLength(0)
  })

  it('gives every CSV file its header', async () => {
    path = join(folder, 'audit.csv')
    const { sink, batchOf } = openFile({ path, format: 'csv', rotate: { max_bytes: '1KiB' } })
    for (const from of [0, 5, 10]) await write(sink, batchOf(5, from))
    const names = await rotated()
    expect(names).toHaveLength(2)
    for (const name of [...names, 'audit.csv']) {
      expect(await readFile(join(folder, name), 'utf8')).toMatch(/^Timestamp,Name/)
    }
  })

  it('keeps the newest files and does not touch other files', async () => {
    const strange = ['audit-1.ndjson', 'audit-20261122T120000Z-1.csv', 'other-20261122T120000Z-1.ndjson']
    for (const name of strange) await writeFile(join(folder, name), '')
    const { sink, batchOf } = openFile({ path, rotate: { max_bytes: '1KiB', keep: 3 } }, () => NOON)
    for (let index = 0; index < 12; index++) await write(sink, batchOf(5, index))
    const numbers = [9, 10, 11].map((number) => `audit-20261122T120000Z-${number}.ndjson`)
    await expect.poll(() => names()).toEqual([...strange, ...numbers, 'audit.ndjson'].sort())
  })
})

describe.each([
  ['gzip', '.gz', gzipSync, gunzipSync],
  ['zstd', '.zst', zstdCompressSync, zstdDecompressSync],
] as const)('compression with %s', (compression, ending, compress, decompress) => {
  const rotate = { max_bytes: '1KiB' }

  it('leaves whole compressed files, readable as the live one is', async () => {
    const { sink, batchOf } = openFile({ path, rotate, compression }, () => NOON)
    for (const from of [0, 5, 10]) await write(sink, batchOf(5, from))
    const expected = [1, 2].map((number) => `audit-20261122T120000Z-${number}.ndjson${ending}`)
    await expect.poll(rotated).toEqual(expected)
    const texts = await Promise.all(
      expected.map(async (name) => decompress(await readFile(join(folder, name)))),
    )
    expect(uidsIn(Buffer.concat(texts).toString())).toEqual(batchOf(10).events.map(({ uid }) => uid))
    expect((await stat(join(folder, expected[0] ?? ''))).mode & 0o777).toBe(0o640)
  })

  it('is finished before the sink is closed, so that a run for cron leaves nothing half done', async () => {
    const rotatedBefore = 'audit-20261122T110000Z-1.ndjson'
    await writeFile(join(folder, rotatedBefore), randomBytes(2 ** 20))
    const { sink, batchOf } = openFile({ path, rotate, compression }, () => NOON)
    for (const from of [0, 5]) await write(sink, batchOf(5, from))
    await sink.close()
    expect(await names()).toEqual(
      [`${rotatedBefore}${ending}`, `audit-20261122T120000Z-1.ndjson${ending}`, 'audit.ndjson'].sort(),
    )
  })

  it('is finished at the next open, wherever a crash stopped it', async () => {
    const stem = (number: number) => join(folder, `audit-20261122T12000${number}Z-1.ndjson`)
    await writeFile(stem(1), 'renamed\n')
    await writeFile(stem(2), 'half compressed\n')
    await writeFile(`${stem(2)}${ending}.tmp`, 'half')
    await writeFile(stem(3), 'compressed\n')
    await writeFile(`${stem(3)}${ending}`, compress('compressed\n'))
    const { sink, batchOf } = openFile({ path, rotate, compression }, () => NOON)
    await write(sink, batchOf(1))
    await expect
      .poll(rotated)
      .toEqual([1, 2, 3].map((number) => `audit-20261122T12000${number}Z-1.ndjson${ending}`))
    const texts = await Promise.all(
      [1, 2, 3].map(async (number) => decompress(await readFile(`${stem(number)}${ending}`)).toString()),
    )
    expect(texts).toEqual(['renamed\n', 'half compressed\n', 'compressed\n'])
  })
})

it('leaves a large file for the next open if it is closed before', async () => {
  const large = 'audit-20261122T120000Z-1.ndjson'
  await writeFile(join(folder, large), '')
  await truncate(join(folder, large), 2 ** 34)
  const { sink, batchOf } = openFile({ path, rotate: { max_bytes: '1KiB' }, compression: 'gzip' })
  await write(sink, batchOf(1))
  await sink.close()
  expect(await rotated()).toContain(large)
  expect(await names()).toEqual([large, 'audit.ndjson'])
})

it('continues writing and says so once if the clean-up fails', async () => {
  const { sink, batchOf, log } = openFile(
    { path, rotate: { max_bytes: '1KiB' }, compression: 'gzip' },
    () => NOON,
  )
  await mkdir(join(folder, 'audit-20261122T120000Z-1.ndjson.gz.tmp'))
  await mkdir(join(folder, 'audit-20261122T120000Z-1.ndjson.gz.tmp/full'))
  for (const from of [0, 5, 10])
    expect((await write(sink, batchOf(5, from)))[0]).toEqual({ kind: 'delivered' })
  await sink.close()
  expect(log.filter((line) => line.includes('could not be tidied up'))).toHaveLength(1)
})

async function names(): Promise<string[]> {
  return (await readdir(folder)).sort()
}

async function rotated(): Promise<string[]> {
  const order = (name: string) => Number(/Z-(\d+)/.exec(name)?.[1])
  return (await names()).filter((name) => /Z-\d+\./.test(name)).sort((a, b) => order(a) - order(b))
}

async function allUids(rotatedNames: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(
    [...rotatedNames, 'audit.ndjson'].map((name) => readFile(join(folder, name), 'utf8')),
  )
  return uidsIn(texts.join(''))
}

function uidsIn(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { uid: string }).uid)
}
