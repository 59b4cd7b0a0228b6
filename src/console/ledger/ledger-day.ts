/** A day of `GET /api/v1/ledger`, and how it is told in words. */

export interface LedgerDay {
  /** `2026-11-22`, UTC. */
  readonly day: string
  readonly events: number
  readonly gaps: number
  readonly sinks: Readonly<Record<string, SinkDay>>
  readonly complete: boolean
}

export interface SinkDay {
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  readonly complete: boolean
}

export function longDay(day: string): string {
  return new Date(day).toLocaleDateString('en', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
}

/** What a square says to who can't see it, and in its tooltip. */
export function describeDay(day: string, ledger: LedgerDay | undefined): string {
  if (ledger === undefined) return `${longDay(day)}: no events`
  const sinks = Object.entries(ledger.sinks).map(([id, sink]) => `${id}: ${describeSink(sink)}`)
  return [`${longDay(day)}: ${plural(ledger.events, 'event')}, ${judge(ledger)}`, ...sinks].join('; ')
}

export function describeSink({ delivered, filtered, deadLettered, complete }: SinkDay): string {
  const others = [
    filtered > 0 ? `${count(filtered)} filtered` : '',
    deadLettered > 0 ? `${count(deadLettered)} dead-lettered` : '',
    complete ? '' : 'not complete',
  ]
  return [`${count(delivered)} delivered`, ...others].filter((text) => text !== '').join(', ')
}

function judge({ gaps, complete }: LedgerDay): string {
  if (gaps > 0) return plural(gaps, 'gap')
  return complete ? 'complete' : 'not complete at every sink'
}

function plural(many: number, noun: string): string {
  return `${count(many)} ${noun}${many === 1 ? '' : 's'}`
}

function count(value: number): string {
  return value.toLocaleString('en')
}
