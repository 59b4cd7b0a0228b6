/** What a page adds to its source's state. */
import { expect, it } from 'vitest'
import { record } from '../../src/normalise/fixtures/record.ts'
import { createNormaliser } from '../../src/normalise/normalise.ts'
import { normalisePage } from '../../src/normalise/page.ts'
import { countPage } from '../../src/page-counts.ts'
import { freshSource, type SourceState } from '../../src/spool/store.ts'

const normalise = createNormaliser({ source: 'acme', organization: 'acme' })

function counted(
  actions: readonly string[],
  state: SourceState = freshSource,
): SourceState['unknownActions'] {
  const records = actions.map((event, at) => record({ event, timestamp: 1_795_384_000 - at }))
  const page = { records, unreadable: [], position: 1_795_380_000, gaps: [] }
  const fresh = normalisePage(records, normalise, 1_795_384_900_000)
  const facts = { purpose: 'poll', ledger: [], unclear: 0 } as const
  return countPage(state, page, fresh, { start: 0, end: 0, bytes: 0 }, facts).unknownActions
}

it('counts unknown actions by name, and as many names as a state may hold', () => {
  expect(counted(['x-y', 'x-y', '__proto__'])).toEqual({ 'x-y': 2, ['__proto__']: 1 })
  const many = counted(Array.from({ length: 300 }, (_, at) => `x-${at}`))
  expect([Object.keys(many).length, many.others]).toEqual([201, 100])
})

it('keeps the beginning of a long name alone: it is stored with each page', () => {
  const long = `x${'y'.repeat(3_000_000)}`
  expect(counted([long, `${long}z`])).toEqual({ [`x${'y'.repeat(99)}…`]: 2 })
})
