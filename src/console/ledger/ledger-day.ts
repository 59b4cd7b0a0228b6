/** A day of `GET /api/v1/ledger`, and its description in words. */
import type { LedgerView } from '../../engine/ledger-days.ts'
import { countText, plural } from '../blocks/number-text.ts'

/** The answer of `GET /api/v1/ledger`. */
export type Ledger = LedgerView

export type LedgerDay = Ledger['days'][number]

type SinkDay = LedgerDay['sinks'][string]

/** What is known of one day. */
export interface KnownDay {
  readonly ledger: LedgerDay | undefined
  readonly unread: Ledger['unread'][number] | undefined
}

export function knownOf({ days, unread }: Ledger, day: string): KnownDay {
  const isIt = (it: { readonly day: string }) => it.day === day
  return { ledger: days.find(isIt), unread: unread.find(isIt) }
}

/** `Monday, November 23, 2026`; callers add that the day is in UTC. */
export function longDay(day: string): string {
  return new Date(day).toLocaleDateString('en', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
}

/** What a square says to screen readers, and in its tooltip. */
export function describeDay(day: string, { ledger, unread }: KnownDay): string {
  if (ledger === undefined) {
    if (unread === undefined) return `${longDay(day)}: no events known`
    return `${longDay(day)}: ${unread.partlyRead ? 'no events known, read in part' : 'never read'}`
  }
  const sinks = Object.entries(ledger.sinks).map(([id, sink]) => `${id}: ${describeSink(sink)}`)
  return [`${longDay(day)}: ${plural(ledger.events, 'event')}, ${judge(ledger)}`, ...sinks].join('; ')
}

export function describeSink({ delivered, filtered, deadLettered, complete }: SinkDay): string {
  const others = [
    filtered > 0 ? `${countText(filtered)} filtered` : '',
    deadLettered > 0 ? `${countText(deadLettered)} dead-lettered` : '',
    complete ? '' : 'not complete',
  ]
  return [`${countText(delivered)} delivered`, ...others].filter((text) => text !== '').join(', ')
}

/** A sink lacks some of what was read. */
export function isOpen({ gaps, partlyRead, complete, sinks }: LedgerDay): boolean {
  const isAtEvery = Object.values(sinks).every((sink) => sink.complete)
  return !complete && gaps === 0 && !(partlyRead && isAtEvery)
}

function judge(day: LedgerDay): string {
  const { gaps, partlyRead } = day
  const faults = [
    gaps > 0 ? plural(gaps, 'gap') : '',
    partlyRead ? 'read in part' : '',
    isOpen(day) ? 'not complete at every sink' : '',
  ]
  return faults.filter((text) => text !== '').join(', ') || 'complete'
}
