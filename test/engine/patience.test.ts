import { expect, it } from 'vitest'
import { createPatience } from '../../src/engine/single-pass.ts'

const LIMITS = { oneWaitMs: 10_000, allWaitsMs: 30_000 }

it('is over at a wait that is too long', () => {
  expect(createPatience(LIMITS).isOver(10_000, false)).toBe(false)
  expect(createPatience(LIMITS).isOver(10_001, false)).toBe(true)
})

it('is over when short waits never end', () => {
  const patience = createPatience(LIMITS)
  const over = Array.from({ length: 7 }, () => patience.isOver(5_000, false))
  expect(over).toEqual([false, false, false, false, false, false, true])
})

it('is not while something comes in between', () => {
  const patience = createPatience(LIMITS)
  for (let turn = 0; turn < 50; turn++) expect(patience.isOver(5_000, turn % 4 === 0)).toBe(false)
})
