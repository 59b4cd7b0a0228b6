import { expect, it } from 'vitest'
import { merged } from './backfill-state.ts'

it('joins stretches that touch, overlap or lie within each other, and leaves others apart', () => {
  const stretches = [
    [50, 60],
    [0, 10],
    [2, 5],
    [10, 12],
    [11, 20],
  ] as const
  expect(merged(stretches)).toEqual([
    [0, 20],
    [50, 60],
  ])
})
