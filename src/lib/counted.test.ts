import { expect, test } from 'vitest'
import { counted } from './counted.ts'

test.each([
  [0, '0 events wait'],
  [1, '1 event waits'],
  [2, '2 events wait'],
])('noun and verb agree with the count of %i', (count, text) => {
  expect(counted(count, 'event', ['waits', 'wait'])).toBe(text)
})
