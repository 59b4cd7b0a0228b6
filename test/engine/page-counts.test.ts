/** What a page adds to its source's state. */
import { expect, it } from 'vitest'
import { record } from '../../src/normalise/fixtures/record.ts'
import { createNormaliser } from '../../src/normalise/normalise.ts'
import { normalisePage } from '../../src/normalise/page.ts'
import { countPage, latenesses, quarantine } from '../../src/page-counts.ts'
import { freshSource, type SourceState } from '../../src/spool/source-state.ts'

const normalise = createNormaliser({ source: 'acme', organization: 'acme' })

const AT = 1_795_384_000

/** The state after a page with one event at each of these seconds; before it, the log ended at `end`. */
function paged(seconds: readonly number[], state: SourceState, end = 0): SourceState {
  const records = seconds.map((timestamp) => record({ timestamp }))
  const page = { records, unreadable: [], position: 0, gaps: [] }
  const fresh = normalisePage(records, normalise, AT * 1000)
  const facts = { purpose: 'poll', ledger: [], unclear: 0 } as const
  return countPage(state, page, fresh, { start: 0, end, bytes: 0 }, facts)
}

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

it('takes for late what lies behind the checkpoint, and not what happened in its very second', () => {
  const state = { ...freshSource, checkpoint: AT }
  const records = [AT + 1, AT, AT - 5].map((timestamp) => record({ timestamp }))
  expect(latenesses(state, normalisePage(records, normalise, AT * 1000))).toEqual([5])
  expect(paged([AT + 1, AT, AT - 5], state).late).toBe(1)
})

it('does not take for late what lies before a loss of the state: nobody knows when it was first there', () => {
  const state = { ...freshSource, checkpoint: AT, recovered: { at: AT - 10, from: AT - 60 } }
  expect(paged([AT - 60, AT - 61, AT - 3_600], state).late).toBe(1)
})

it('remembers how old the events of a log are in 64 stretches; the last one takes what comes behind', () => {
  let state: SourceState = freshSource
  for (let page = 0; page < 64; page++) state = paged([AT - page], state, page)
  expect(state.held?.at(-1)).toEqual({ end: 64, oldest: AT - 63 })
  expect(paged([AT], state, 64).held?.at(-1)).toEqual({ end: 65, oldest: AT - 63 })
  expect(paged([AT - 99], state, 64).held?.at(-1)).toEqual({ end: 65, oldest: AT - 99 })
})

it('quarantines the same bytes once a page for each time that they stand in it', () => {
  const broken = { unreadable: 'a quote is not closed', bytes: Buffer.from('"2026') }
  const ids = (times: number) => quarantine(Array(times).fill(broken), AT).map(({ id }) => id)
  expect(new Set(ids(3)).size).toBe(3)
  expect(ids(3).slice(0, 2)).toEqual(ids(2))
})
