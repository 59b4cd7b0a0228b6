import { expect, it } from 'vitest'
import { bytesText, countText, plural, rateText, shareText } from './number-text.ts'

it('groups counts', () => {
  expect(countText(1_234_567)).toBe('1,234,567')
  expect([0, 1, 2_000].map((value) => plural(value, 'event'))).toEqual([
    '0 events',
    '1 event',
    '2,000 events',
  ])
})

it.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 KiB'],
  [1_073_741_824, '1 GiB'],
])('tells %i bytes as %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text)
})

it('tells rates, small ones with a decimal', () => {
  expect([undefined, 0, 0.44, 9.96, 1_200.4].map(rateText)).toEqual([
    '–',
    '0/s',
    '0.4/s',
    '10.0/s',
    '1,200/s',
  ])
})

it('never says that all is done before it is', () => {
  expect([0, 0.42, 0.9999, 1].map(shareText)).toEqual(['0 %', '42 %', '99 %', '100 %'])
})
