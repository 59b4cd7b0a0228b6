import { expect, it } from 'vitest'
import { indented, nextTab } from './rendering.ts'

it.each([
  ['{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}'],
  ['CEF:0|a|b', 'CEF:0|a|b'],
  ['{not json', '{not json'],
  ['"2026-11-25","Dana"', '"2026-11-25","Dana"'],
  ['', ''],
])('shows %j', (text, shown) => {
  expect(indented(text)).toBe(shown)
})

it.each([
  ['a', 'ArrowRight', 'b'],
  ['c', 'ArrowRight', 'a'],
  ['a', 'ArrowLeft', 'c'],
  ['b', 'Home', 'a'],
  ['a', 'End', 'c'],
  ['a', 'x', undefined],
])('leads from tab %s by %s to %s', (here, key, there) => {
  expect(nextTab(['a', 'b', 'c'], here, key)).toBe(there)
})
