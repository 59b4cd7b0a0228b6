import { expect, it } from 'vitest'
import { listOf, rowOf } from './came-from.ts'

it.each([
  [null, undefined],
  [{}, undefined],
  [{ list: 7 }, undefined],
  ['list', undefined],
  [{ list: '' }, ''],
  [{ list: 'x' }, 'x'],
])('reads the list of %j as %j', (state, list) => {
  expect(listOf(state)).toBe(list)
})

const ROW = { uid: 'x', timestamp: 1 }

it.each([
  [null, undefined],
  [{ row: null }, undefined],
  // As an earlier version wrote it.
  [{ row: 'x' }, undefined],
  [{ row: { uid: 'x' } }, undefined],
  [{ row: ROW }, ROW],
])('reads the row of %j as %j', (state, row) => {
  expect(rowOf(state)).toEqual(row)
})
