import { expect, it } from 'vitest'
import { createSpareWriters } from './spare-writers.ts'

it('gives what was given back, and nothing to two', () => {
  const spare = createSpareWriters()
  const [first, second] = [spare.take(), spare.take()]
  expect(second).not.toBe(first)
  spare.giveBack(first)
  expect(spare.take()).toBe(first)
  expect(spare.take()).not.toBe(first)
})

it('keeps no more memory than it may', () => {
  const [first, second, third] = [
    createSpareWriters().take(),
    createSpareWriters().take(),
    createSpareWriters().take(),
  ]
  first.text('x'.repeat(10_000))
  const spare = createSpareWriters(first.room + second.room)
  for (const writer of [first, second, third]) spare.giveBack(writer)
  expect([spare.take(), spare.take()]).toEqual([second, first])
  const next = spare.take()
  expect(next).not.toBe(third)
  spare.giveBack(next)
  expect(spare.take()).toBe(next)
})
