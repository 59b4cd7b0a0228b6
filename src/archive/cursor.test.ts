import { expect, it } from 'vitest'
import { cursorOf, keyOfCursor } from './cursor.ts'

it.each([0, 1, 1_291, 117_680_290_398_208, 4_294_967_295 * 65_536 - 1])('takes what it gave: %i', (key) => {
  expect(keyOfCursor(cursorOf(key))).toBe(key)
})

it.each([
  '',
  'x',
  '1583460637',
  'zzz',
  '-1',
  '0000',
  'eyJ0IjoxfQ==',
  cursorOf(117_680_290_398_208).toUpperCase(),
  `0${cursorOf(5)}`,
])('refuses what it did not give: %j', (cursor) => {
  expect(() => keyOfCursor(cursor)).toThrow(RangeError)
})
