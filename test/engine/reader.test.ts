/** The reader's rules, one small script each. A script fails if a request more or less is made. */
import { describe, expect, it } from 'vitest'
import { SourceError } from '../../src/errors.ts'
import { createEndProof } from '../../src/poll/end-proof.ts'
import { play } from './reader-script.ts'

const FILLS_A_PAGE = 'this one second fills a page of the source'
const OLDEST_FILLS_A_PAGE = 'it is the oldest second of the log and fills a page of the source'

const rising = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => `${from + at}a`).join(' ')

describe('one answer', () => {
  it('is enough when it shows a record older than the end', async () => {
    const answers = [{ to: 100, shows: '9a 8a 8b 5a 4a 3a' }]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a 8b 5a', gaps: [], position: 5 })
  })

  it('is left as soon as it shows one: the rest of a long history is not read', async () => {
    const older = Array(64).fill('4a').join(' ')
    const answers = [{ to: 100, shows: `9a ${older} 3a`, fails: new Error('read too far') }]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a', failure: '' })
  })

  it.each([1, 2, 3, 60])('is refused when %i too old records stand before a wanted one', async (count) => {
    const older = Array(count).fill('1a').join(' ')
    const answers = [{ to: 100, shows: `9a 8a ${older} 7a 4a` }]
    const played = await play({ end: 5, answers })
    expect(played.failure).toMatch(/can't be trusted: records are not newest first \(7 after 1\)/)
    // Each of them is visible, none of them is known to be all of its second.
    expect(played).toMatchObject({ records: '9a 8a 7a', position: Number.POSITIVE_INFINITY })
  })

  it('may be in any order below the end', async () => {
    const answers = [{ to: 100, shows: '9a 1a 4a 2a' }]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a', failure: '', position: 5 })
  })

  it('is enough when there is nothing new at all', async () => {
    const answers = [{ to: 100, shows: '4a' }]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '', position: 5 })
  })

  it('is enough when the log is empty', async () => {
    expect(await play({ end: 5, answers: [{ to: 100, shows: '' }] })).toMatchObject({
      records: '',
      position: 5,
    })
  })

  it('is not the end when it is empty but names a next page', async () => {
    const answers = [
      { to: 100, shows: '', token: 'p1' },
      { to: 'p1', shows: '', token: 'p2' },
      { to: 'p2', shows: '9a 8a', token: 'p3' },
      { to: 9, shows: '', token: 'q1' },
      { to: 'q1', shows: '8a 8b', token: 'q2' },
      { to: 'q2', shows: '', token: 'q3' },
      { to: 'q3', shows: '8c 7a' },
      { to: 8, shows: '', token: 'r1' },
      { to: 'r1', shows: '7a 4a' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({
      records: '9a 8a 8b 8c 7a',
      gaps: [],
      position: 5,
    })
  })

  it('is the end when it is empty and leads to itself, or to one without a token', async () => {
    const itself = [
      { to: 100, shows: '', token: 'p1' },
      { to: 'p1', shows: '', token: 'p1' },
    ]
    expect(await play({ end: 5, answers: itself })).toMatchObject({ failure: '', position: 5 })
    const none = [
      { to: 100, shows: '', token: 'p1' },
      { to: 'p1', shows: '' },
    ]
    expect(await play({ end: 5, answers: none })).toMatchObject({ failure: '', position: 5 })
  })

  it('is no end when it is empty and its next page is refused', async () => {
    const refused = new SourceError('token_expired', 'no longer knows the continuation token')
    const answers = [
      { to: 100, shows: '', token: 'p1' },
      { to: 'p1', shows: '', refused },
    ]
    const played = await play({ end: 5, answers })
    expect(played.failure).toMatch(/no longer knows/)
    expect(played.pages).toEqual([])
  })

  it('is refused when it is empty although newer events than the end are known', async () => {
    const played = await play({ end: 5, newestKnown: 5, answers: [{ to: 100, shows: '' }] })
    expect(played.failure).toMatch(/can't be trusted: it shows nothing, although second 5 was shown before/)
    expect(played.pages).toEqual([])
  })

  it('is no end of the log when it is empty although it was to show a known second again', async () => {
    const answers = [
      { to: 100, shows: '9a 8a' },
      { to: 9, shows: '' },
    ]
    const played = await play({ end: 5, answers })
    expect(played.failure).toMatch(/can't be trusted: it shows nothing, although second 8 was shown before/)
    expect(played.pages.every(({ position }) => position >= 9)).toBe(true)
  })

  it('is refused when it does not show a known second again that it was asked for', async () => {
    const answers = [
      { to: 100, shows: '9a 8a' },
      { to: 9, shows: '7a 4a' },
    ]
    const played = await play({ end: 5, answers })
    expect(played.failure).toMatch(/can't be trusted: it does not show second 8, which was shown before/)
    expect(played.pages.every(({ position }) => position >= 9)).toBe(true)
  })

  it.each([
    ['and something older', '8a 7a 4a'],
    ['and the end', '8a 3a'],
    ['alone', '8a'],
  ])('is refused when it shows fewer records of a second again, %s', async (_, shows) => {
    const answers = [
      { to: 100, shows: '9a 8a 8b' },
      { to: 9, shows },
    ]
    const played = await play({ end: 5, answers })
    expect(played.failure).toMatch(/can't be trusted: it shows 1 of 2 records of second 8/)
    expect(played.pages.every(({ position }) => position >= 9)).toBe(true)
  })

  it('may be empty when what is known is older than the end', async () => {
    const played = await play({ end: 5, newestKnown: 4, answers: [{ to: 100, shows: '' }] })
    expect(played).toMatchObject({ failure: '', position: 5 })
  })

  it('is refused when it is not newest first', async () => {
    const played = await play({ end: 5, answers: [{ to: 100, shows: '8a 9a 4a' }] })
    expect(played.failure).toMatch(/can't be trusted: records are not newest first \(9 after 8\)/)
  })
})

describe('the log ends', () => {
  it('with exclusive bounds: below the oldest second there is nothing', async () => {
    const answers = [
      { to: 100, shows: '9a 8a 8b' },
      { to: 9, shows: '8a 8b' },
      { to: 8, shows: '' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a 8b', gaps: [], position: 5 })
  })

  it('with inclusive bounds, in two consecutive seconds', async () => {
    const answers = [
      { to: 100, shows: '9a 8a' },
      { to: 9, shows: '9a 8a' },
      { to: 8, shows: '8a' },
      { to: 7, shows: '' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a', gaps: [], position: 5 })
  })

  it('with inclusive bounds that show less of its oldest second again: nothing of that is lost', async () => {
    const answers = [
      { to: 100, shows: '9a 8a' },
      { to: 9, shows: '8a 8b' },
      { to: 8, shows: '8a' },
      { to: 7, shows: '' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a 8b', position: 5 })
  })

  it('in a second as large as a page: complete, while the log is too small to be cut', async () => {
    const answers = [
      { to: 100, shows: '9a 8a' },
      { to: 9, shows: '8a 8b' },
      { to: 8, shows: '' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a 8b', gaps: [] })
  })

  it('in a second as large as a page: a gap, once the log is large enough to be cut', async () => {
    const answers = [
      { to: 100, shows: '9a 9b 9c 9d 9e 9f 9g 8a' },
      { to: 9, shows: '8a 8b 8c 8d 8e 8f 8g 8h' },
      { to: 8, shows: '' },
    ]
    expect((await play({ end: 5, answers })).gaps).toEqual([[8, OLDEST_FILLS_A_PAGE]])
  })

  it('in a second smaller than the largest answer ever seen: complete', async () => {
    const answers = [
      { to: 100, shows: '9a 9b 9c 9d 9e 9f 9g 8a' },
      { to: 9, shows: '8a 8b 8c 8d 8e 8f 8g 8h' },
      { to: 8, shows: '' },
    ]
    expect((await play({ end: 5, capacity: 50, answers })).gaps).toEqual([])
  })
})

describe('a page cut inside a second', () => {
  it('has that second read again as a whole', async () => {
    const answers = [
      { to: 100, shows: '9a 9b 8a' },
      { to: 9, shows: '8b 8a 7a' },
      { to: 8, shows: '7a 4a' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 9b 8b 8a 7a', gaps: [] })
  })

  it('is seen through inclusive bounds, which show known seconds again', async () => {
    const answers = [
      { to: 100, shows: '9a 9b 8a' },
      { to: 9, shows: '9a 9b 8a' },
      { to: 8, shows: '8a 8b 7a' },
      { to: 7, shows: '7a 4a' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 9b 8a 8b 7a', gaps: [] })
  })

  it('at a border between seconds cannot be told from one that is cut', async () => {
    const answers = [
      { to: 100, shows: '9a 9b' },
      { to: 10, shows: '9a 9b' },
      { to: 9, shows: '8a 4a' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 9b 8a', gaps: [[9, FILLS_A_PAGE]] })
  })
})

describe('a second that fills a page, without tokens', () => {
  it('is a gap, and what lies below it is read', async () => {
    const answers = [
      { to: 100, shows: '9a 8a' },
      { to: 9, shows: '8a 8b' },
      { to: 8, shows: '7a 4a' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({
      records: '9a 8a 8b 7a',
      gaps: [[8, FILLS_A_PAGE]],
    })
  })

  it('is a gap with inclusive bounds too, one question later', async () => {
    const answers = [
      { to: 100, shows: '9a 8a' },
      { to: 9, shows: '9a 8a' },
      { to: 8, shows: '8a 8b' },
      { to: 7, shows: '7a 4a' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({
      records: '9a 8a 8b 7a',
      gaps: [[8, FILLS_A_PAGE]],
    })
  })

  it('is complete when an answer shows it whole with an older record behind it', async () => {
    const answers = [
      { to: 100, shows: '9a 8a' },
      { to: 9, shows: '8a 8b' },
      { to: 8, shows: '8a 8b 7a' },
      { to: 7, shows: '7a 4a' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a 8b 7a', gaps: [] })
  })

  it('is taken as it was seen last, when something came between two looks', async () => {
    const answers = [
      { to: 100, shows: '9a 7a' },
      { to: 8, shows: '7a' },
      { to: 7, shows: '7a 7b' },
      { to: 6, shows: '' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 7a 7b', gaps: [] })
  })
})

describe('answers that pass over the bound', () => {
  const many = '9a 7b 7c 7d 7e 7f 7g 7h 7i 7j'

  it('are refused when they may be cut, and what is visible is passed on', async () => {
    const answers = [100, 8].map((to) => ({ to, shows: many }))
    expect(await play({ end: 5, answers })).toMatchObject({
      records: many,
      gaps: [],
      position: 9,
      failure: expect.stringMatching(
        /asked for what is before second 8, it shows what is after it: look for/,
      ),
    })
  })

  it.each([
    ['is too small to be cut', { shows: '9a 7a 7b' }],
    ['would name its next page', { shows: many, isPaged: true }],
  ])('are the whole log if it %s', async (_, answer) => {
    const answers = [100, 8].map((to) => ({ to, ...answer }))
    expect(await play({ end: 5, answers })).toMatchObject({
      records: answer.shows,
      gaps: [],
      position: 5,
      failure: '',
    })
  })

  it('are read on by their tokens, also where a page ends within a second', async () => {
    const first = { shows: '9a 7a', token: 'p2', isPaged: true }
    const answers = [
      { to: 100, ...first },
      { to: 8, ...first },
      { to: 'p2', shows: '7b 6a', token: 'p3', isPaged: true },
      { to: 'p3', shows: '5a 5b', isPaged: true },
    ]
    const played = await play({ end: 5, answers })
    expect(played).toMatchObject({ records: '9a 7a 7b 6a 5a 5b', gaps: [], position: 5, failure: '' })
    expect(played.pages.map((it) => it.position)).toEqual([9, 7, 6, 5])
  })

  it('are read by tokens no further than to the end', async () => {
    const first = { shows: '9a 7a', token: 'p2' }
    const answers = [
      { to: 100, ...first },
      { to: 8, ...first },
      { to: 'p2', shows: '6a 4a', token: 'p3' },
    ]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 7a 6a', position: 5, failure: '' })
  })

  it('are refused when their tokens lead in a circle', async () => {
    const first = { shows: '9a 7a', token: 'p2' }
    const answers = [
      { to: 100, ...first },
      { to: 8, ...first },
      { to: 'p2', shows: '7a', token: 'p2' },
    ]
    const played = await play({ end: 5, answers })
    expect(played).toMatchObject({
      records: '9a 7a 7a',
      position: 9,
      failure: expect.stringMatching(/look for/),
    })
  })
})

describe('records that cannot be understood', () => {
  it('go along with the others, and stop nothing', async () => {
    const answers = [{ to: 100, shows: '?x 9a ?y 8a 4a' }]
    expect(await play({ end: 5, answers })).toMatchObject({ records: '9a 8a', unreadable: '?x ?y' })
  })

  it('end a walk of which nothing else is shown', async () => {
    const answers = [
      { to: 100, shows: '?x ?y' },
      { to: 6, shows: '' },
    ]
    const played = await play({ end: 5, answers })
    expect(played).toMatchObject({ unreadable: '?x ?y', failure: '', position: 5 })
  })

  it.each([
    [
      'something readable lies behind them',
      [
        { to: 100, shows: '?x ?y' },
        { to: 6, shows: '5a' },
      ],
    ],
    ['their page is not the last', [{ to: 100, shows: '?x ?y', token: 'p1' }]],
  ])('are not taken for the whole log when %s', async (_, answers) => {
    const played = await play({ end: 5, answers })
    expect(played.unreadable).toBe('?x ?y')
    expect(played.failure).toMatch(/none of its 2 records could be understood/)
    expect(played.position).toBe(Number.POSITIVE_INFINITY)
  })

  it('are no end where a second was to be shown again before them', async () => {
    const answers = [
      { to: 100, shows: '9a 8a' },
      { to: 9, shows: '?x' },
    ]
    const played = await play({ end: 5, answers })
    expect(played.failure).toMatch(/none of its 1 records could be understood/)
    expect(played).toMatchObject({ records: '9a', unreadable: '?x', position: 9 })
  })

  it('are kept, but not believed, when they are many and nothing else is shown', async () => {
    const many = Array.from({ length: 10 }, (_, at) => `?${at}`).join(' ')
    const played = await play({ end: 5, answers: [{ to: 100, shows: many }] })
    expect(played.unreadable).toBe(many)
    expect(played.failure).toMatch(
      /none of its 10 records could be understood; they are kept in the quarantine/,
    )
    expect(played.position).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('an order that cannot be relied on', () => {
  it('is seen when a wanted record lies behind one that ends the walk', async () => {
    const played = await play({ end: 5, answers: [{ to: 100, shows: '9a 9b 4a 8a' }] })
    expect(played.failure).toMatch(/not newest first \(8 after 4\)/)
    expect(played.position).not.toBe(5)
  })

  it.each([
    ['', '1a 2a 3a 5a 5b 8a', '8a 5a 5b', /not newest first \(5 after 3\)/],
    ['behind many that are too old', `${rising(10, 70)} 91a 92a`, '92a 91a', /oldest first/],
    ['behind a whole page of those', rising(10, 20), '', /oldest first instead of newest first/],
  ])('passes on what is visible of a log that is oldest first %s', async (_, shows, records, failure) => {
    const played = await play({ end: records === '8a 5a 5b' ? 5 : 90, answers: [{ to: 100, shows }] })
    expect(played.failure).toMatch(failure)
    expect(played.records).toBe(records)
    expect(played.position ?? Number.POSITIVE_INFINITY).toBe(Number.POSITIVE_INFINITY)
  })

  it('is nothing to us below the end', async () => {
    expect(await play({ end: 5, answers: [{ to: 100, shows: '9a 8a 3a 4a' }] })).toMatchObject({
      failure: '',
      position: 5,
    })
  })
})

describe('a walk that is broken off', () => {
  it('goes on from its position, reading nothing twice and losing nothing', async () => {
    const first = await play({
      end: 5,
      answers: [
        { to: 100, shows: '9a 9b 8a' },
        { to: 9, shows: '8a', fails: new SourceError('transient', 'HTTP 503') },
      ],
    })
    expect(first).toMatchObject({ records: '9a 9b', position: 9, failure: 'HTTP 503' })
    const second = await play({ end: 5, position: 9, answers: [{ to: 9, shows: '8a 8b 7a 4a' }] })
    expect(second).toMatchObject({ records: '8a 8b 7a', position: 5 })
  })

  it('skips what inclusive bounds show again', async () => {
    const answers = [{ to: 9, shows: '9a 9b 8a 4a' }]
    expect(await play({ end: 5, position: 9, answers })).toMatchObject({ records: '8a', gaps: [] })
  })

  it('keeps the parts of a long answer that came before its failure', async () => {
    const words = Array.from(
      { length: 6_001 },
      (_, at) => `${9_000 - Math.floor(at / 2)}${at % 2 ? 'b' : 'a'}`,
    )
    const answers = [{ to: 10_000, shows: words.join(' '), fails: new Error('reset') }]
    const played = await play({ end: 5, answers })
    expect(played.failure).toBe('reset')
    expect(played.pages.length).toBeGreaterThan(1)
    expect(played.records).toBe(words.slice(0, played.records.split(' ').length).join(' '))
    expect(played.records.endsWith(`${played.position}a ${played.position}b`)).toBe(true)
    expect(played.records.split(' ').length).toBeGreaterThan(5_000)
  })
})

describe('an idle source', () => {
  const all = [
    { to: 100, shows: '9a 8a' },
    { to: 9, shows: '8a' },
    { to: 8, shows: '' },
  ]

  it('costs one request once the end of its log was proven', async () => {
    const proof = createEndProof(300_000, () => 0)
    await play({ end: 5, answers: all, proof })
    const again = await play({ end: 5, answers: [{ to: 160, shows: '9a 8a' }], proof })
    expect(again).toMatchObject({ records: '9a 8a', position: 5 })
  })

  it('is asked whole again when the answer changed', async () => {
    const proof = createEndProof(300_000, () => 0)
    await play({ end: 5, answers: all, proof })
    const changed = [
      { to: 100, shows: '9a 8b' },
      { to: 9, shows: '8b' },
      { to: 8, shows: '' },
    ]
    expect(await play({ end: 5, answers: changed, proof })).toMatchObject({ records: '9a 8b' })
  })

  it('is asked whole again when the proof has aged', async () => {
    let now = 0
    const proof = createEndProof(300_000, () => now)
    await play({ end: 5, answers: all, proof })
    now = 300_000
    expect(await play({ end: 5, answers: all, proof })).toMatchObject({ records: '9a 8a' })
  })
})
