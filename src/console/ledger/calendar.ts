/** The ledger as a calendar: weeks side by side, from Monday down to Sunday; days are in UTC. Pure. */
import { isOpen, type KnownDay, type Ledger, type LedgerDay } from './ledger-day.ts'

/**
 * `empty`: read, and there are no events. `unread`: not read. `part`: only part of the day was read. `gap`: could not
 * be read completely. `open`: a sink lacks some of the events. `complete`: read, and every sink has them all.
 */
export type DayState = 'empty' | 'unread' | 'complete' | 'part' | 'open' | 'gap'

export interface Cell extends KnownDay {
  /** `2026-11-22`. */
  readonly day: string
  readonly state: DayState
  /** How full the day is compared with the calendar's fullest: 0 for no events, then 1 to 4. */
  readonly level: number
}

export interface Calendar {
  /** Seven days each; undefined before the first and after the last day. */
  readonly weeks: readonly (readonly (Cell | undefined)[])[]
  /** The first week of each month that is shown, as an index into `weeks`. */
  readonly months: readonly { readonly week: number; readonly label: string }[]
}

export interface Span {
  /** `2026-11-22`; both days are included. */
  readonly first: string
  readonly last: string
}

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const DAY_MS = 86_400_000

export function layOut({ days, unread }: Ledger, { first, last }: Span): Calendar {
  const byDay = new Map(days.map((it) => [it.day, it]))
  const unreadByDay = new Map(unread.map((it) => [it.day, it]))
  const fullest = Math.max(0, ...days.map(({ events }) => events))
  const weeks: (Cell | undefined)[][] = []
  for (let monday = mondayOf(first); monday <= last; monday = addDays(monday, 7)) {
    const week = WEEKDAYS.map((_, index) => {
      const day = addDays(monday, index)
      const known = { ledger: byDay.get(day), unread: unreadByDay.get(day) }
      return day < first || day > last ? undefined : cellOf(day, known, fullest)
    })
    weeks.push(week)
  }
  return { weeks, months: monthsOf(weeks) }
}

/** This many weeks, the last of which ends with the last day. */
export function spanOf(last: string, weeks: number): Span {
  return { first: addDays(mondayOf(last), -7 * (weeks - 1)), last }
}

/** A square takes `side` pixels with the space beside it. No fewer weeks than `least`, and no more than a year. */
export function weeksThatFit(width: number, side: number, least = 4): number {
  return Math.min(53, Math.max(least, Math.floor(width / side)))
}

/** The day that a key leads to, within the span; undefined for a key that doesn't move. */
export function dayAfterKey(day: string, key: string, span: Span): string | undefined {
  const target = targetOf(day, key, span)
  if (target === undefined) return undefined
  if (target < span.first) return key === 'PageUp' || key === 'Home' ? span.first : day
  if (target > span.last) return key === 'PageDown' || key === 'End' ? span.last : day
  return target
}

function targetOf(day: string, key: string, span: Span): string | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowUp: -1,
    ArrowDown: 1,
    ArrowLeft: -7,
    ArrowRight: 7,
    PageUp: -28,
    PageDown: 28,
  }
  const step = steps[key]
  if (step !== undefined) return addDays(day, step)
  if (key === 'Home') return span.first
  return key === 'End' ? span.last : undefined
}

export function addDays(day: string, days: number): string {
  return dayText(Date.parse(day) + days * DAY_MS)
}

export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** Unix seconds, [from, to). */
export function secondsOf({ first, last }: Span): { from: number; to: number } {
  return { from: Date.parse(first) / 1000, to: (Date.parse(last) + DAY_MS) / 1000 }
}

function mondayOf(day: string): string {
  return addDays(day, -((new Date(day).getUTCDay() + 6) % 7))
}

function cellOf(day: string, known: KnownDay, fullest: number): Cell {
  const { ledger, unread } = known
  if (ledger === undefined) {
    const state = unread === undefined ? 'empty' : unread.partlyRead ? 'part' : 'unread'
    return { day, state, level: 0, ...known }
  }
  // By the square root: one busy day must not make all others look alike.
  const level = fullest === 0 ? 0 : Math.ceil(4 * Math.sqrt(ledger.events / fullest))
  return { day, state: stateOf(ledger), level, ...known }
}

function stateOf(day: LedgerDay): DayState {
  const { gaps, partlyRead, events } = day
  if (gaps > 0) return 'gap'
  if (isOpen(day)) return 'open'
  if (partlyRead) return 'part'
  return events === 0 ? 'empty' : 'complete'
}

function monthsOf(weeks: Calendar['weeks']): Calendar['months'] {
  const found: { week: number; label: string }[] = []
  for (const [week, cells] of weeks.entries()) {
    const begins = cells.find((cell) => cell?.day.endsWith('-01'))
    const first = begins ?? (week === 0 ? cells.find((cell) => cell !== undefined) : undefined)
    if (first === undefined) continue
    // A month of which only the last week is shown would have its name under the next month's.
    const before = found.at(-1)
    if (before !== undefined && week - before.week < 2) found.pop()
    found.push({ week, label: monthLabel(first.day) })
  }
  return found
}

function monthLabel(day: string): string {
  const month = new Date(day).toLocaleDateString('en', { month: 'short', timeZone: 'UTC' })
  return day.slice(5, 7) === '01' ? `${month} ${day.slice(0, 4)}` : month
}
