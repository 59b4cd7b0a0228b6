/** Following tokens through a second that fills pages, with pages of two. */
import { expect, it } from 'vitest'
import { SourceError } from '../../src/errors.ts'
import { readCrowdedSecond } from '../../src/poll/crowded.ts'
import { answer, play, recordOf } from './reader-script.ts'

const FILLS_A_PAGE = 'this one second fills a page of the source'
const EDGE = 'a page of the source ends exactly inside this crowded second'

/** A token that differs each time and leads to the same page. */
const REPEATED = Array.from({ length: 9 }, (_, at) => ({
  to: `p${at + 1}`,
  shows: '8b 8a',
  token: `p${at + 2}`,
}))

const crowded = [
  { to: 100, shows: '9a 8a', token: 'p0' },
  { to: 9, shows: '8a 8b', token: 'p1' },
]

it('reads on by token until an older record proves the second', async () => {
  const answers = [
    ...crowded,
    { to: 'p1', shows: '8c 8d', token: 'p2' },
    { to: 'p2', shows: '8e 7a', token: 'p3' },
    { to: 8, shows: '7a 4a' },
  ]
  expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a 8b 8c 8d 8e 7a', gaps: [] })
})

it('marks a gap when a page ends exactly with the second: one more may hide between the pages', async () => {
  const answers = [
    ...crowded,
    { to: 'p1', shows: '8c 8d', token: 'p2' },
    { to: 'p2', shows: '7a 6a', token: 'p3' },
    { to: 8, shows: '7a 4a' },
  ]
  expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a 8b 8c 8d 7a', gaps: [[8, EDGE]] })
})

it('skips newer seconds that a page by token shows again', async () => {
  const answers = [...crowded, { to: 'p1', shows: '9a 8c' }, { to: 8, shows: '7a 4a' }]
  const played = await play({ end: 5, answers })
  expect(played.records).toBe('9a 8a 8b 8c 7a')
})

it.each(['8c 1a 8d', '8c 1a 1b 8d 7a'])('refuses %s: one too old record is no end', async (shows) => {
  const played = await play({ end: 5, answers: [...crowded, { to: 'p1', shows }] })
  expect(played.failure).toMatch(/can't be trusted: records are not newest first \(8 after 1\)/)
})

it('counts twins that fill pages, once another record shows that the tokens do go on', async () => {
  const answers = [
    { to: 100, shows: '9a 8a', token: 'p0' },
    { to: 9, shows: '8a 8a', token: 'p1' },
    { to: 'p1', shows: '8a 8a', token: 'p2' },
    { to: 'p2', shows: '8a 8a', token: 'p3' },
    { to: 'p3', shows: '8a 7a' },
    { to: 8, shows: '7a 4a' },
  ]
  expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a 8a 8a 8a 8a 8a 8a 7a', gaps: [] })
})

it.each([
  ['proves the second', '8d 7a', '9a 8a 8b 8b 8c 8d 7a', []],
  ['ends exactly with it', '7a 6a', '9a 8a 8b 8b 8c 7a', [[8, EDGE]]],
])(
  'keeps a record that two pages show twice, when a page %s: it may be a twin',
  async (_, shows, records, gaps) => {
    const answers = [
      ...crowded,
      { to: 'p1', shows: '8b 8c', token: 'p2' },
      { to: 'p2', shows },
      { to: 8, shows: '7a 4a' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({ records, gaps })
  },
)

it('keeps each record as often as one page showed it, when tokens fail in the middle', async () => {
  const expired = new SourceError('token_expired', 'HTTP 410')
  const answers = [
    ...crowded,
    { to: 'p1', shows: '8b 8c', token: 'p2' },
    { to: 'p2', shows: '', refused: expired },
    { to: 8, shows: '7a 4a' },
  ]
  expect(await play({ end: 5, answers })).toMatchObject({
    records: '9a 8a 8b 8c 7a',
    gaps: [[8, FILLS_A_PAGE]],
  })
})

it('keeps the twins of a page, when tokens fail in the middle', async () => {
  const refused = new SourceError('token_expired', 'HTTP 410')
  const answers = [
    ...crowded,
    { to: 'p1', shows: '8b 8b', token: 'p2' },
    { to: 'p2', shows: '', refused },
    { to: 8, shows: '7a 4a' },
  ]
  expect((await play({ end: 5, answers })).records).toBe('9a 8a 8b 8b 7a')
})

it.each([
  ['repeats its page', REPEATED],
  ['shows nothing', [{ to: 'p1', shows: '' }]],
  [
    'shows nothing, and leads to no more',
    [
      { to: 'p1', shows: '', token: 'p2' },
      { to: 'p2', shows: '' },
    ],
  ],
  ['has expired', [{ to: 'p1', shows: '', refused: new SourceError('token_expired', 'HTTP 410') }]],
])('asks below, and marks a gap, when a token %s', async (_, led) => {
  const answers = [...crowded, ...led, { to: 8, shows: '7a 4a' }]
  expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a 8b 7a', gaps: [[8, FILLS_A_PAGE]] })
})

it('passes over an empty page in the middle of the second', async () => {
  const answers = [
    ...crowded,
    { to: 'p1', shows: '', token: 'p2' },
    { to: 'p2', shows: '8c 7a' },
    { to: 8, shows: '7a 4a' },
  ]
  expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a 8b 8c 7a', gaps: [] })
})

it('does not follow for ever tokens that never end', async () => {
  let asked = 0
  const ask = async () => {
    asked++
    const shown = { ...recordOf('8a'), raw: `${asked}` }
    return answer([shown], { token: `p${asked}` })
  }
  const shown = { second: 8, records: [recordOf('8a')], token: 'p0' }
  const crowd = await readCrowdedSecond(ask, { before: 9, notBefore: 5 }, shown)
  expect([crowd.end, asked]).toEqual(['open', 10_000])
})

it('gives up on a token that comes again', async () => {
  const answers = [
    ...crowded,
    { to: 'p1', shows: '8c 8d', token: 'p2' },
    { to: 'p2', shows: '8e 8f', token: 'p1' },
    { to: 8, shows: '7a 4a' },
  ]
  expect((await play({ end: 5, answers })).gaps).toEqual([[8, FILLS_A_PAGE]])
})

it('keeps everything that tokens showed before they ended without an older record', async () => {
  const answers = [...crowded, { to: 'p1', shows: '8c 8d' }, { to: 8, shows: '7a 4a' }]
  const played = await play({ end: 5, answers })
  expect(played).toMatchObject({ records: '9a 8a 8b 8c 8d 7a', gaps: [[8, FILLS_A_PAGE]] })
})

it('does not take the end of the tokens for the end of the log', async () => {
  const answers = [
    { to: 100, shows: '9a 9b 9c 9d 9e 9f 9g 9h 9i 8a', token: 'p0' },
    { to: 9, shows: '8a 8b 8c 8d 8e 8f 8g 8h 8i 8j', token: 'p1' },
    { to: 'p1', shows: '8k' },
    { to: 8, shows: '' },
  ]
  expect((await play({ end: 5, answers })).gaps.map(([second]) => second)).toEqual([8])
})

it('stops at any other failure, and keeps what was emitted', async () => {
  const refused = new SourceError('transient', 'HTTP 500')
  const played = await play({ end: 5, answers: [...crowded, { to: 'p1', shows: '', refused }] })
  expect(played).toMatchObject({ records: '9a', position: 9, failure: 'HTTP 500' })
})
