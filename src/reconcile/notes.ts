/** What a reader of the document should know beside its counts, each in a sentence. */
import { rfc3339 } from '../formats/rfc3339.ts'
import { counted } from '../lib/counted.ts'
import type { SourceState } from '../spool/source-state.ts'
import { isOfAnotherLog, notAskedForText } from './asked-for.ts'
import type { Difference } from './compare-minute.ts'
import type { SeenEvent } from './read-source.ts'
import type { NotAskedFor, ReconcileQuery } from './result.ts'
import type { Slice } from './slice.ts'

interface Examined {
  readonly state: SourceState
  readonly query: ReconcileQuery
  readonly slices: readonly Slice[]
  readonly notAskedFor: NotAskedFor | undefined
}

export function notesOf(it: Examined): string[] {
  const { notAskedFor } = it
  const notes = [
    forgotten(it),
    notAskedFor && notAskedForText(notAskedFor),
    ofAnotherLog(it),
    lossOfState(it),
    unnamed(it),
    noGapAnyMore(it),
    inWholeMinutes(it),
  ]
  return notes.filter((note) => note !== undefined)
}

function forgotten({ slices }: Examined): string | undefined {
  const count = slices.reduce((sum, slice) => sum + slice.forgotten, 0)
  if (count === 0) return undefined
  return `${counted(count, 'event', ['lies', 'lie'])} in minutes that the ledger has forgotten (it keeps 400 days): whether they were spooled can't be told, and --repair leaves them out`
}

function ofAnotherLog({ state, query, slices }: Examined): string | undefined {
  const { mixedBefore } = state
  if (mixedBefore === undefined || query.from >= mixedBefore) return undefined
  const count = sumOf(slices, ({ extra, extraUnnamed }, minute) =>
    isOfAnotherLog(state, minute, extraUnnamed) ? extra.length : 0,
  )
  return `before ${rfc3339(mixedBefore)} the source was read from another log: ${counted(count, 'event')} of these minutes, in the ledger and not in this log, ${count === 1 ? 'is' : 'are'} taken to come from the other; what a sink holds of that is not checked`
}

/** With a state its ledger is lost, but not what was delivered. */
function lossOfState({ state: { recovered }, slices }: Examined): string | undefined {
  if (recovered === undefined) return undefined
  const { at, from } = recovered
  const count = sumOf(slices, ({ missing, missingUnnamed }, minute) =>
    minute * 60 < from ? missing.length + missingUnnamed : 0,
  )
  if (count === 0) return undefined
  return `the state was lost: at ${rfc3339(at)} the source went on from ${rfc3339(from)}, and the ledger knows little of what was before; ${count} of the missing events may have been delivered then, and --repair sends them again`
}

function unnamed({ slices }: Examined): string | undefined {
  const count = sumOf(slices, ({ missingUnnamed, extraUnnamed }) => missingUnnamed + extraUnnamed)
  if (count === 0) return undefined
  return `${counted(count, 'event')} can't be named, and --repair leaves out what it can't name: of old minutes the ledger keeps only count and digest, and neither these nor what lies at a sink tells which events it means`
}

function noGapAnyMore({ state: { gaps }, query: { from, to }, slices }: Examined): string | undefined {
  const unproven = new Set(slices.flatMap((slice) => slice.gaps.map(({ second }) => second)))
  const count = gaps.filter(({ second }) => second >= from && second < to && !unproven.has(second)).length
  if (count === 0) return undefined
  return `${counted(count, 'second')} listed as ${count === 1 ? 'a gap is' : 'gaps are'} whole now: --repair takes what is whole off the list`
}

function inWholeMinutes({ query: { from, to } }: Examined): string | undefined {
  if (from % 60 === 0 && to % 60 === 0) return undefined
  return 'counts are of whole minutes, also of those that lie in the range only in part'
}

/** Over all minutes that differ. */
function sumOf(
  slices: readonly Slice[],
  count: (difference: Difference<SeenEvent>, minute: number) => number,
): number {
  return slices
    .flatMap(({ differences }) => [...differences])
    .reduce((sum, [minute, difference]) => sum + count(difference, minute), 0)
}
