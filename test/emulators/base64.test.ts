import { expect, it } from 'vitest'
import { createBase64Reader } from './base64.ts'

it('reads what is base64 as it should be, of any length, one text after the other', () => {
  const read = createBase64Reader()
  for (const length of [0, 1, 2, 3, 1000, 200_000, 5]) {
    const bytes = Buffer.alloc(length, 'pülumi')
    expect(read(bytes.toString('base64'))?.equals(bytes)).toBe(true)
  }
})

it.each(['YQ', 'YQ=', 'YQ==\n', 'Y Q==', 'YR==', 'YWI_', 'ä', '===='])('refuses %j', (text) => {
  expect(createBase64Reader()(text)).toBeUndefined()
})
