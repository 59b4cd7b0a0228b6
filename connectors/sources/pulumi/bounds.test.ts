/** How much memory an answer may take: bombs are refused, texts without an end are kept in part. */
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import type { SourceRecord } from '../../../src/connector.ts'
import { openBody } from './body.ts'
import { recordsOfExport } from './v1.ts'
import { readList } from './v2.ts'

const MIB = 1024 * 1024
const HEADER = 'Timestamp,Event,Description\n'
const ROW = '2026-01-01T00:00:00Z,Stack Created,x\n'

function bodyOf(bytes: Buffer) {
  const chunks = Array.from({ length: Math.ceil(bytes.length / MIB) }, (_, at) =>
    bytes.subarray(at * MIB, (at + 1) * MIB),
  )
  return openBody({ status: 200, headers: {}, body: Readable.from(chunks) })
}

async function read(chunks: AsyncIterable<readonly SourceRecord[]>) {
  const records: SourceRecord[] = []
  const thrown = await (async () => {
    for await (const some of chunks) records.push(...some)
  })().catch((error: unknown) => error)
  return { records, thrown }
}

it.each([
  ['NULs', HEADER + ROW, '\0'],
  ['a quoted field', `${HEADER}${ROW}2026-01-01T00:00:00Z,Stack Created,"`, 'A'],
])('an export that inflates to 100 MiB of %s is refused', async (_, start, filler) => {
  const bomb = gzipSync(Buffer.concat([Buffer.from(start), Buffer.alloc(100 * MIB, filler)]))
  const { records, thrown } = await read(
    recordsOfExport(bodyOf(bomb).pieces, { latest: Number.POSITIVE_INFINITY }),
  )
  expect(thrown).toMatchObject({
    fault: 'transient',
    message: expect.stringMatching(/goes on for 64 MiB without a row that can be understood. Check api_url/),
  })
  expect(records[0]).toMatchObject({ description: 'x' })
})

it('a long export is read, however much it shrinks', async () => {
  const row = `2026-01-01T00:00:00Z,Stack Created,${'y'.repeat(8_000_000)}\n`
  const { records, thrown } = await read(
    recordsOfExport(bodyOf(gzipSync(HEADER + row.repeat(10))).pieces, { latest: Number.POSITIVE_INFINITY }),
  )
  expect(thrown).toBeUndefined()
  expect(records).toHaveLength(10)
})

it.each([[40], [MIB], [3 * MIB]])(
  'zeros that pad a gzip to its block, %i of them, are not part of it',
  async (zeros) => {
    const padded = Buffer.concat([gzipSync(HEADER + ROW), Buffer.alloc(zeros)])
    const { records, thrown } = await read(
      recordsOfExport(bodyOf(padded).pieces, { latest: Number.POSITIVE_INFINITY }),
    )
    expect(thrown).toBeUndefined()
    expect(records).toHaveLength(1)
  },
)

it('an endless row is kept in part, with a note', async () => {
  const text = Buffer.concat([Buffer.from(HEADER), Buffer.alloc(40 * MIB, 'A'), Buffer.from(`\n${ROW}`)])
  const { records, thrown } = await read(
    recordsOfExport(bodyOf(text).pieces, { latest: Number.POSITIVE_INFINITY }),
  )
  expect(thrown).toBeUndefined()
  expect(records[0]).toMatchObject({
    unreadable: expect.stringMatching(/it has 335\d{5} bytes, of which the first 1048576 are kept/),
  })
  expect((records[0] as { bytes: Uint8Array }).bytes).toHaveLength(MIB)
  expect(records.at(-1)).toMatchObject({ description: 'x' })
})

it.each([
  ['an entry', '{"auditLogEvents":[{"description":"', 'A', 'an entry of the answer is longer than 32 MiB'],
  ['lists', '{', '"auditLogEvents":[],', 'holds more than 32 MiB beside its entries'],
])('a list that goes on with %s is refused', async (_, start, filler, says) => {
  const text = Buffer.concat([Buffer.from(start), Buffer.alloc(40 * MIB, filler)])
  const { thrown } = await read(readList(bodyOf(text).pieces, Number.POSITIVE_INFINITY).records)
  expect(thrown).toMatchObject({ message: says })
})
