import { format } from 'date-fns/format'
import { expect, it } from 'vitest'
import { spanText } from './span-text.ts'

const NOON = new Date(2026, 10, 25, 12, 0, 0).getTime() / 1000
const ZONE = format(NOON * 1000, 'xxx')

it.each([
  [0, 1_440, '25 Nov 12:00 – 12:24'],
  [0, 5, '25 Nov 12:00:00 – 12:00:05'],
  [0, 86_400, '25 Nov 12:00 – 26 Nov 12:00'],
])('says noon and %i to %i seconds as %s', (from, to, text) => {
  expect(spanText(NOON + from, NOON + to)).toBe(`${text} ${ZONE}`)
})
