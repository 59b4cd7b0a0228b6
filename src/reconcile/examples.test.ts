import { expect, it } from 'vitest'
import { exampleOf } from './examples.ts'

it.each([
  [1_795_384_721, '2026-11-22T21:58:41Z'],
  // No calendar knows this time.
  [1e15, '1000000000000000'],
])('an event of the second %d is an example', (timestamp, time) => {
  const it = { uid: 'a', action: 'login', description: 'd' }
  expect(exampleOf({ ...it, timestamp })).toEqual({ ...it, time })
})
