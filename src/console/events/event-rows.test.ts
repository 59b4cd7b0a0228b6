import { expect, it } from 'vitest'
import type { AuditEvent } from '../../event.ts'
import { countNew, type EventPage, mergeRows, withArrivals } from './event-rows.ts'

it('puts arrivals where their time says, the last of a second first', () => {
  const rows = mergeRows([event('c', 30), event('d', 30), event('late', 15)], [page(['b', 20], ['a', 10])])
  expect(rows.map(({ uid }) => uid)).toEqual(['d', 'c', 'b', 'late', 'a'])
})

it('puts an arrival before the events of its second that a page already has', () => {
  expect(uids(mergeRows([event('b', 20)], [page(['a', 20], ['z', 10])]))).toEqual(['b', 'a', 'z'])
})

it('shows an event once, whichever way it came', () => {
  const pages = [page(['b', 20], ['a', 10])]
  expect(uids(mergeRows([event('b', 20), event('c', 30), event('c', 30)], pages))).toEqual(['c', 'b', 'a'])
})

it('leaves what is older than the loaded pages to the page that will bring it', () => {
  expect(uids(mergeRows([event('old', 5)], [page(['a', 10])]))).toEqual(['a', 'old'])
  expect(uids(mergeRows([event('old', 5)], [{ ...page(['a', 10]), next: 'more' }]))).toEqual(['a'])
})

it('counts what would be new, but not what is shown, beyond the pages, or repeated', () => {
  const pages = [{ ...page(['a', 10]), next: 'more' }]
  const waiting = [event('a', 10), event('old', 5), event('n', 11), event('n', 11), event('m', 10)]
  expect(countNew(waiting, mergeRows([], pages), pages)).toBe(2)
})

it('collects each arrival once', () => {
  const before = [event('a', 1)]
  expect(withArrivals(before, [event('a', 1)])).toBe(before)
  expect(uids(withArrivals(before, [event('a', 1), event('b', 2)]))).toEqual(['a', 'b'])
})

function page(...events: (readonly [string, number])[]): EventPage {
  return { events: events.map(([uid, timestamp]) => event(uid, timestamp)), next: null }
}

function event(uid: string, timestamp: number): AuditEvent {
  return { uid, timestamp } as AuditEvent
}

function uids(events: readonly AuditEvent[]): string[] {
  return events.map(({ uid }) => uid)
}
