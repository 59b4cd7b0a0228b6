/** The document, out of the parts that were examined. */
import { rfc3339 } from '../formats/rfc3339.ts'
import { addDigest, digestFrom, digestHex, emptyDigest } from '../ledger/digest.ts'
import { packedPart } from '../ledger/minutes.ts'
import { DAY_MINUTES } from '../spool/ledger-day.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import { isOfAnotherLog, notAskedForOf } from './asked-for.ts'
import { EXAMPLES, exampleOf, lookUpInSpool } from './examples.ts'
import { notesOf } from './notes.ts'
import type { Day, Example, Extra, Hole, Reconciliation, SinkDay } from './result.ts'
import type { Examination, Slice } from './slice.ts'
import { sinkOf } from './summarise-sink.ts'
import { minuteText } from './time-text.ts'

export async function summarise(
  { store, state, sinks, query }: Examination,
  slices: readonly Slice[],
): Promise<Reconciliation> {
  const ordered = slices.toReversed()
  const holes = ordered.flatMap(holesOf).sort(byMinute)
  const extras = (await extrasOf(store, state, query.source, ordered)).sort(byMinute)
  const bySink = Object.fromEntries(sinks.map((sink) => [sink.config.id, sinkOf(sink, ordered)]))
  const gaps = ordered.flatMap((slice) => slice.gaps)
  const sum = (of: (slice: Slice) => number) => ordered.reduce((total, slice) => total + of(slice), 0)
  const notQuarantined = sum((slice) => slice.notQuarantined)
  const forgotten = sum((slice) => slice.forgotten)
  const beforeStart = sum((slice) => slice.beforeStart)
  const notAskedFor = notAskedForOf(state, query, beforeStart)
  const problems = forgotten + holes.length + extras.length + gaps.length + notQuarantined
  return {
    source: query.source,
    from: rfc3339(query.from),
    to: rfc3339(query.to),
    complete: problems === 0 && Object.values(bySink).every(({ complete }) => complete),
    holes,
    extras,
    sinks: bySink,
    gaps,
    unreadable: { records: sum((slice) => slice.unreadable), notQuarantined },
    pending: sum((slice) => slice.pending),
    days: daysOf(ordered, Object.keys(bySink)),
    ...(notAskedFor !== undefined && { notAskedFor }),
    notes: notesOf({ state, query, slices: ordered, notAskedFor }),
  }
}

function byMinute(left: { readonly minute: string }, right: { readonly minute: string }): number {
  return left.minute < right.minute ? -1 : 1
}

function countsOf({ shown, ledger }: Slice, minute: number) {
  return {
    minute: minuteText(minute),
    source: shown.get(minute)?.count ?? 0,
    ledger: ledger.get(minute)?.count ?? 0,
  }
}

function holesOf(slice: Slice): Hole[] {
  return [...slice.differences].flatMap(([minute, { missing, missingUnnamed }]) => {
    const count = missing.length + missingUnnamed
    const examples = missing.slice(0, EXAMPLES).map(exampleOf)
    return count === 0 ? [] : [{ ...countsOf(slice, minute), missing: count, examples }]
  })
}

async function extrasOf(
  store: Store,
  state: SourceState,
  source: string,
  slices: readonly Slice[],
): Promise<Extra[]> {
  const parts = slices.flatMap((slice) => [...slice.differences.values()].flatMap(({ extra }) => extra))
  const known = await lookUpInSpool(store, source, new Set(parts.map(packedPart)))
  return slices.flatMap((slice) =>
    [...slice.differences].flatMap(([minute, { extra, extraUnnamed, isTorn, missing }]) => {
      const count = extra.length + extraUnnamed
      if ((count === 0 && !isTorn) || isOfAnotherLog(state, minute, extraUnnamed)) return []
      const unknown = (uid: string): Example => ({
        uid,
        time: minuteText(minute),
        action: '',
        description: '',
      })
      const examples = extra.slice(0, EXAMPLES).map((uid) => known.get(packedPart(uid)) ?? unknown(uid))
      const torn = isTorn && missing.length === 0 ? { digestDiffers: true } : {}
      return [{ ...countsOf(slice, minute), extra: count, examples, ...torn }]
    }),
  )
}

function daysOf(slices: readonly Slice[], sinks: readonly string[]): Day[] {
  const days = new Map<number, DayParts>()
  for (const { shown, ledger, settled } of slices) {
    for (const minute of new Set([...shown.keys(), ...ledger.keys()])) {
      const number = Math.floor(minute / DAY_MINUTES)
      const day = days.get(number) ?? freshDay(sinks)
      days.set(number, day)
      const [seen, known] = [shown.get(minute), ledger.get(minute)]
      day.source += seen?.count ?? 0
      day.ledger += known?.count ?? 0
      if (seen !== undefined) addDigest(day.sourceDigest, digestFrom(seen.digest))
      if (known !== undefined) addDigest(day.ledgerDigest, digestFrom(known.digest))
      for (const id of sinks) {
        const { delivered = 0, filtered = 0, deadLettered = 0 } = settled.get(id)?.get(minute) ?? {}
        const sums = day.sinks[id] as { -readonly [K in keyof SinkDay]: number }
        sums.delivered += delivered
        sums.filtered += filtered
        sums.deadLettered += deadLettered
      }
    }
  }
  return [...days]
    .sort(([left], [right]) => left - right)
    .map(([number, day]) => ({
      day: minuteText(number * DAY_MINUTES).slice(0, 10),
      source: day.source,
      ledger: day.ledger,
      sourceDigest: digestHex(day.sourceDigest),
      ledgerDigest: digestHex(day.ledgerDigest),
      sinks: day.sinks,
    }))
}

type DayParts = ReturnType<typeof freshDay>

function freshDay(sinks: readonly string[]) {
  const none = () => ({ delivered: 0, filtered: 0, deadLettered: 0 })
  const bySink: Record<string, SinkDay> = Object.fromEntries(sinks.map((id) => [id, none()]))
  return { source: 0, ledger: 0, sourceDigest: emptyDigest(), ledgerDigest: emptyDigest(), sinks: bySink }
}
