import { expect, it } from 'vitest'
import { isAll, kept, toggle, toggleAll } from './selection.ts'

const ids = ['a', 'b', 'c', 'd', 'e']

it('selects and deselects one', () => {
  expect(toggle(new Set(['a']), ids, 'b', undefined)).toEqual(new Set(['a', 'b']))
  expect(toggle(new Set(['a', 'b']), ids, 'b', undefined)).toEqual(new Set(['a']))
})

it('extends from the one selected last, up as well as down', () => {
  expect(toggle(new Set(['b']), ids, 'd', { from: 'b' })).toEqual(new Set(['b', 'c', 'd']))
  expect(toggle(new Set(['d']), ids, 'b', { from: 'd' })).toEqual(new Set(['b', 'c', 'd']))
  expect(toggle(new Set(ids), ids, 'd', { from: 'b' })).toEqual(new Set(['a', 'e']))
})

it('selects one if the other end is gone', () => {
  expect(toggle(new Set(), ids, 'd', { from: 'x' })).toEqual(new Set(['d']))
  expect(toggle(new Set(), ids, 'd', { from: undefined })).toEqual(new Set(['d']))
})

it('selects all, then none', () => {
  expect(toggleAll(new Set(['a']), ids)).toEqual(new Set(ids))
  expect(toggleAll(new Set(ids), ids)).toEqual(new Set())
  expect(isAll(new Set(), [])).toBe(false)
})

it('forgets what left the list, and is the same object if nothing did', () => {
  const picked = new Set(['a', 'x'])
  expect(kept(picked, ids)).toEqual(new Set(['a']))
  const whole = new Set(['a'])
  expect(kept(whole, ids)).toBe(whole)
})
