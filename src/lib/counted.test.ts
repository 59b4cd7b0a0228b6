import { expect, test } from 'vitest'
import { counted } from './counted.ts'

test.each([
  [0, '0 events wait'],
  [1, '1 event waits'],
  [2, '2 events wait'],
])('noun and verb agree with the count of %i', (count, text) => {
  expect(counted(count, 'event', ['waits', 'wait'])).toBe(text)
})

test('a noun with a plural of its own comes with both', () => {
  expect([1, 2].map((count) => counted(count, ['copy', 'copies']))).toEqual(['1 copy', '2 copies'])
})
