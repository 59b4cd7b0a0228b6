import { expect, test } from 'vitest'
import {
  createPaint,
  cut,
  formatBytes,
  formatCount,
  formatDuration,
  formatTime,
  table,
  widthOf,
  wrap,
} from '../../src/cli/terminal.ts'

test.each([
  [0, '0 s'],
  [-5, '0 s'],
  [1_499, '1 s'],
  [59_600, '1 m'],
  [200_000, '3 m 20 s'],
  [3_600_000, '1 h'],
  [3_605_000, '1 h'],
  [90_061_000, '1 d 1 h'],
  [400 * 86_400_000, '400 d'],
])('%i ms is %s', (ms, expected) => {
  expect(formatDuration(ms)).toBe(expected)
})

test('counts, sizes and times', () => {
  expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(['0', '999', '1\u202f000', '1\u202f234\u202f567'])
  expect([0, 1, 1023, 1024, 140_000, 2 ** 30, 2 ** 60].map(formatBytes)).toEqual([
    '0 B',
    '1 B',
    '1023 B',
    '1 KiB',
    '136.7 KiB',
    '1 GiB',
    '1048576 TiB',
  ])
  expect(formatTime(Date.UTC(2026, 10, 22, 21, 46, 40, 5))).toBe('2026-11-22 21:46:40Z')
  expect([formatTime(null), formatTime(Number.NaN)]).toEqual(['–', '–'])
})

test('width counts what a terminal shows', () => {
  expect(['abc', 'né', 'ne\u0301', '日本', '🚢', createPaint(true)('red', 'ab')].map(widthOf)).toEqual([
    3, 2, 2, 4, 2, 2,
  ])
})

test('wraps at blanks, breaks long words, indents what follows', () => {
  expect(wrap('the quick brown fox', 10)).toEqual(['the quick', 'brown fox'])
  expect(wrap('the quick brown fox', 10, '  ')).toEqual(['the quick', '  brown', '  fox'])
  expect(wrap('abcdefghijkl mn', 5)).toEqual(['abcde', 'fghij', 'kl mn'])
  expect(wrap('', 5)).toEqual([''])
})

test('tables keep to the width by cutting the first column', () => {
  const columns = [{ title: 'ID' }, { title: 'COUNT', align: 'right' as const }]
  expect(
    table(
      columns,
      [
        ['soc', '7'],
        ['archive', '1200'],
      ],
      80,
    ),
  ).toEqual(['ID       COUNT', 'soc          7', 'archive   1200'])
  expect(table(columns, [['a-very-long-component', '7']], 16)).toEqual([
    'ID         COUNT',
    'a-very-l…      7',
  ])
  expect(table(columns, [['a-very-long-component', '7']], 8)).toEqual(['ID    C…', 'a-v…   …'])
})

test('cut and paint', () => {
  expect([cut('abcdef', 6), cut('abcdef', 4)]).toEqual(['abcdef', 'abc…'])
  expect([createPaint(false)('red', 'x'), createPaint(true)('red', 'x')]).toEqual([
    'x',
    '\u001b[31mx\u001b[0m',
  ])
})
