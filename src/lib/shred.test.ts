import { expect, test } from 'vitest'
import { createShredder, PAGE } from './shred.ts'

const leavesOf = (
  texts: readonly unknown[],
  shredder = createShredder({ message: 'text', tags: ['text'] }),
) => {
  for (const message of texts) shredder.add({ message, tags: ['a', 'b'] })
  return shredder.take()
}
const encodingOf = (texts: readonly unknown[]) => leavesOf(texts)[0]?.encoding
const different = (count: number) => Array.from({ length: count }, (_, at) => `text ${at}`)

test.each([
  ['few', [...different(300), ...different(300)], 'RLE_DICTIONARY'],
  ['more than half', [...different(301), ...different(300).slice(1)], 'PLAIN'],
  ['many at first', [...different(1_200), ...Array(6_000).fill('same')], 'PLAIN'],
  ['none', [undefined, undefined], 'PLAIN'],
  [
    'few, and longer than a page',
    Array.from({ length: 8 }, (_, at) => `${at % 4}`.repeat(PAGE / 3)),
    'PLAIN',
  ],
] as const)('a column with %s different texts', (_, texts, encoding) => {
  expect(encodingOf(texts)).toBe(encoding)
})

test.each([
  ['\u00c3\u00a9', 'é'],
  ['a\ud83d\u00c3\u00a9', 'a\ufffdé'],
])('the characters of %j are the bytes of %j', (text, meant) => {
  expect(leavesOf([text])[0]?.values).toEqual([Buffer.from(meant)])
})

test('what is taken is of the rows since the last time', () => {
  const shredder = createShredder({ message: 'text', tags: ['text'] })
  const shown = (texts: readonly unknown[]) =>
    leavesOf(texts, shredder).map((it) => [
      it.values.map((value) => value?.toString()),
      it.definitionLevels,
      it.repetitionLevels,
    ])
  const texts = different(600)
  expect(shown(texts)[0]).toEqual([texts, Array(600).fill(1), []])
  expect(shown(['x', undefined, 'x'])).toEqual([
    [['x', undefined, 'x'], [1, 0, 1], []],
    [['a', 'b', 'a', 'b', 'a', 'b'], Array(6).fill(3), [0, 1, 0, 1, 0, 1]],
  ])
})
