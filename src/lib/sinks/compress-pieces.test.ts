import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { compressPieces } from './compress-pieces.ts'

const calm = new AbortController().signal

const small = [Buffer.from('one\n'), Buffer.from('two\n')]
/** Several blocks, and a piece larger than one. */
const large = [
  ...Array.from({ length: 40_000 }, (_, n) => Buffer.from(`line ${n}\n`)),
  Buffer.alloc(1 << 20, 'x'),
]
const readers = { gzip: gunzipSync, zstd: zstdDecompressSync, none: Buffer.from }

describe.each(['gzip', 'zstd', 'none'] as const)('%s', (kind) => {
  test.each([
    ['nothing', []],
    ['a little', small],
    ['much', large],
  ])('%s reads back as it was', async (_, pieces) => {
    const compressed = Buffer.from(await compressPieces(pieces, kind, calm))
    expect(readers[kind](compressed).equals(Buffer.concat(pieces))).toBe(true)
  })

  test('the same pieces give the same bytes', async () => {
    const [first, second] = [await compressPieces(large, kind, calm), await compressPieces(large, kind, calm)]
    expect(Buffer.from(first).equals(Buffer.from(second))).toBe(true)
  })
})

test('no time stands in a gzip header', async () => {
  const compressed = Buffer.from(await compressPieces(small, 'gzip', calm))
  expect(compressed.readUInt32LE(4)).toBe(0)
})

test('an aborted signal ends it', async () => {
  await expect(compressPieces(large, 'gzip', AbortSignal.abort())).rejects.toThrow('aborted')
})
