import { expect, it } from 'vitest'
import { dayAfterKey, layOut, secondsOf, spanOf, weeksThatFit } from './calendar.ts'
import { describeDay, type KnownDay, knownOf, type Ledger, type LedgerDay } from './ledger-day.ts'

// 2026-11-26 is a Thursday.
const span = spanOf('2026-11-26', 3)

it('shows whole weeks from a Monday on, up to the last day', () => {
  expect(span).toEqual({ first: '2026-11-09', last: '2026-11-26' })
  const { weeks } = layOut(ledger(), span)
  expect(weeks.map((week) => week.map((cell) => cell?.day.slice(8) ?? '').join(' '))).toEqual([
    '09 10 11 12 13 14 15',
    '16 17 18 19 20 21 22',
    '23 24 25 26   ',
  ])
  expect(secondsOf({ first: '2026-11-26', last: '2026-11-26' })).toEqual({
    from: Date.UTC(2026, 10, 26) / 1000,
    to: Date.UTC(2026, 10, 27) / 1000,
  })
})

it('a gap takes precedence over open, and open over complete', () => {
  const days = [
    day('2026-11-23', {}),
    day('2026-11-24', { complete: false }),
    day('2026-11-25', { gaps: 2, complete: false }),
  ]
  const cells = layOut(ledger(days), span).weeks[2]
  expect(cells?.map((cell) => cell?.state)).toEqual([
    'complete',
    'open',
    'gap',
    'empty',
    undefined,
    undefined,
    undefined,
  ])
})

it('shows a day that was read in part, unless a sink lacks something', () => {
  const part = { partlyRead: true, complete: false }
  const lacking = { soc: { delivered: 9, filtered: 0, deadLettered: 0, complete: false } }
  const days = [
    day('2026-11-23', part),
    day('2026-11-24', { ...part, sinks: lacking }),
    day('2026-11-25', { ...part, gaps: 1 }),
    day('2026-11-26', { ...part, events: 0 }),
  ]
  const cells = layOut(ledger(days), span).weeks[2]
  expect(cells?.slice(0, 4).map((cell) => cell?.state)).toEqual(['part', 'open', 'gap', 'part'])
})

it('distinguishes a day that was not read, or only in part, from one without events', () => {
  const part = { day: '2026-11-24', partlyRead: true }
  const it = ledger([], [{ day: '2026-11-23', partlyRead: false }, part])
  expect(
    layOut(it, span)
      .weeks[2]?.slice(0, 3)
      .map((cell) => cell?.state),
  ).toEqual(['unread', 'part', 'empty'])
  expect(['23', '24', '25'].map((at) => describeDay(`2026-11-${at}`, knownOf(it, `2026-11-${at}`)))).toEqual([
    'Monday, November 23, 2026: never read',
    'Tuesday, November 24, 2026: no events known, read in part',
    'Wednesday, November 25, 2026: no events known',
  ])
})

it('grades days by their events, and any event is more than none', () => {
  const days = [1, 2_500, 5_000, 10_000].map((events, index) => day(`2026-11-2${index + 3}`, { events }))
  expect(layOut(ledger(days), span).weeks[2]?.map((cell) => cell?.level)).toEqual([
    1,
    2,
    3,
    4,
    undefined,
    undefined,
    undefined,
  ])
})

it('names each month above the week that contains its first day, without names that overlap', () => {
  expect(layOut(ledger(), spanOf('2027-01-20', 12)).months).toEqual([
    { week: 0, label: 'Nov' },
    { week: 4, label: 'Dec' },
    { week: 8, label: 'Jan 2027' },
  ])
  expect(layOut(ledger(), spanOf('2026-12-10', 2)).months).toEqual([{ week: 0, label: 'Dec' }])
  expect(layOut(ledger(), spanOf('2026-12-10', 3)).months).toEqual([{ week: 1, label: 'Dec' }])
})

it.each([
  ['ArrowDown', '2026-11-18'],
  ['ArrowUp', '2026-11-16'],
  ['ArrowRight', '2026-11-24'],
  ['ArrowLeft', '2026-11-10'],
  ['Home', '2026-11-09'],
  ['End', '2026-11-26'],
  ['PageUp', '2026-11-09'],
  ['PageDown', '2026-11-26'],
  ['x', undefined],
])('leads with %s to %s', (key, expected) => {
  expect(dayAfterKey('2026-11-17', key, span)).toBe(expected)
})

it('does not leave the span', () => {
  expect(dayAfterKey('2026-11-10', 'ArrowLeft', span)).toBe('2026-11-10')
  expect(dayAfterKey('2026-11-26', 'ArrowDown', span)).toBe('2026-11-26')
})

it('shows as many weeks as there is room for', () => {
  expect([100, 480, 10_000].map((width) => weeksThatFit(width, 24))).toEqual([4, 20, 53])
})

it('describes a day in words', () => {
  expect(describeDay('2026-11-23', known(undefined))).toBe('Monday, November 23, 2026: no events known')
  const sinks = { soc: { delivered: 1_200, filtered: 3, deadLettered: 1, complete: false } }
  expect(describeDay('2026-11-23', known(day('2026-11-23', { events: 1_204, complete: false, sinks })))).toBe(
    'Monday, November 23, 2026: 1,204 events, not complete at every sink; soc: 1,200 delivered, 3 filtered, 1 dead-lettered, not complete',
  )
  expect(describeDay('2026-11-23', known(day('2026-11-23', { gaps: 1 })))).toContain('10 events, 1 gap')
  const part = { partlyRead: true, complete: false }
  expect(describeDay('2026-11-23', known(day('2026-11-23', part)))).toMatch(/10 events, read in part$/)
  expect(describeDay('2026-11-23', known(day('2026-11-23', { ...part, gaps: 2 })))).toMatch(
    /10 events, 2 gaps, read in part$/,
  )
  expect(describeDay('2026-11-23', known(day('2026-11-23', { ...part, sinks })))).toContain(
    '10 events, read in part, not complete at every sink; soc',
  )
})

function ledger(days: LedgerDay[] = [], unread: Ledger['unread'] = []): Ledger {
  return { days, unread }
}

function known(it: LedgerDay | undefined): KnownDay {
  return { ledger: it, unread: undefined }
}

function day(text: string, parts: Partial<LedgerDay>): LedgerDay {
  return { day: text, events: 10, gaps: 0, sinks: {}, partlyRead: false, complete: true, ...parts }
}
