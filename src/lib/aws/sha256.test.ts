import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSha256 } from './sha256.ts'

const Sha256 = createSha256()

const sumOf = async (secret: string | Uint8Array | undefined, ...pieces: (string | Uint8Array)[]) => {
  const sum = new Sha256(secret)
  for (const piece of pieces) sum.update(piece)
  return Buffer.from(await sum.digest()).toString('hex')
}
const expected = (secret: string | Uint8Array | undefined, ...pieces: (string | Uint8Array)[]) =>
  pieces
    .reduce(
      (sum, piece) => sum.update(piece),
      secret === undefined ? createHash('sha256') : createHmac('sha256', secret),
    )
    .digest('hex')

test.each([
  ['nothing', []],
  ['a text', ['é']],
  ['a part of some memory', [Buffer.from('xxmessagexx').subarray(2, 9)]],
  ['pieces', ['one', Buffer.from('two')]],
])('a sum of %s', async (_, pieces) => {
  for (const secret of [undefined, 'key', Buffer.from('key')]) {
    expect(await sumOf(secret, ...pieces)).toBe(expected(secret, ...pieces))
  }
})

test('what was requested with one secret or id is not given for another', async () => {
  const bytes = [Buffer.from('one key'), Buffer.from('another')]
  for (const secret of ['one', 'other', 'one', ...bytes, ...bytes]) {
    for (const id of ['AK1', 'AK2', 'AK1']) expect(await sumOf(secret, id)).toBe(expected(secret, id))
  }
})
