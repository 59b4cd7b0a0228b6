import { expect, it } from 'vitest'
import { csv } from './csv.ts'
import { factsOf, readRow } from './read-back.ts'

it('takes line ends in a long cell as text, not as the ends of rows', () => {
  const { header = '' } = csv({ formula_guard: true })
  const description = '\r'.repeat(2 ** 20)
  const cells = Array.from({ length: 16 }, () => '')
  Object.assign(cells, { 0: '2026-11-22T22:00:00Z', 4: `"${description}"`, 15: 'a'.repeat(64) })
  const facts = factsOf('csv', cells.join(','), header)
  expect([facts?.Timestamp, facts?.Description === description]).toEqual(['2026-11-22T22:00:00Z', true])
})

it.each(['', 'UID', `${'a'.repeat(64)} `, 'A'.repeat(64)])(
  'does not take a row for an event if its uid is "%s"',
  (UID) => {
    expect(readRow({ UID, Timestamp: '2026-11-22T22:00:00Z' })).toBeUndefined()
  },
)
