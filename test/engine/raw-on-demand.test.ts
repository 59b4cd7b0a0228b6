/**
 * A record creates the text of its `raw` when it is asked for, but knows its `size` without it; a long history must not
 * create a text for each record.
 */
import { expect, it } from 'vitest'
import { record } from '../../src/normalise/fixtures/record.ts'
import { createEndProof, FINGERPRINT_LIMIT } from '../../src/poll/end-proof.ts'
import { readDown } from '../../src/poll/reader.ts'
import { answer } from './reader-script.ts'

it('is asked of the records that an answer is recognised by, and of no more', async () => {
  let asked = 0
  const records = Array.from({ length: 3 * FINGERPRINT_LIMIT }, (_, at) =>
    Object.defineProperty({ ...record({ timestamp: 10_000 - at }), size: 300 }, 'raw', {
      get: () => `${asked++}`,
    }),
  )
  let read = 0
  await readDown({
    before: 20_000,
    position: Number.POSITIVE_INFINITY,
    notBefore: 0,
    end: () => 8_000,
    newestKnown: undefined,
    capacity: { rows: 0 },
    proof: createEndProof(0, () => 0),
    ask: async () => answer(records),
    emit: async (page) => {
      read += page.records.length
    },
  })
  expect(read).toBe(2_001)
  expect(asked).toBeLessThanOrEqual(FINGERPRINT_LIMIT + 1)
})
