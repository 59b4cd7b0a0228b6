/** A sink's part of the document. */
import { counted } from '../lib/counted.ts'
import type { ReadableSink } from './read-sinks.ts'
import type { FoundAtSink, ObjectFault, OlderEvents, SinkReconciliation } from './result.ts'
import type { Slice } from './slice.ts'

export function sinkOf({ config }: ReadableSink, slices: readonly Slice[]): SinkReconciliation {
  const parts = slices.flatMap((slice) => slice.sinks.get(config.id) ?? [])
  const total = (key: 'spooled' | 'delivered' | 'filtered' | 'deadLettered' | 'undelivered' | 'notItsOwn') =>
    parts.reduce((sum, part) => sum + part[key], 0)
  const faults = parts.flatMap((part) => part.faults)
  const found = foundIn(parts.flatMap((part) => part.found ?? []))
  const undelivered = total('undelivered')
  const wrong =
    found === undefined
      ? 0
      : found.missing.length +
        unsaid(found) +
        found.extra.length +
        found.altered.length +
        openFaults(found).length
  const notItsOwn = total('notItsOwn')
  const notes: string[] = []
  if (notItsOwn > 0) {
    notes.push(
      `${counted(notItsOwn, 'event', ['was', 'were'])} spooled before it was added or while it was disabled: not for it`,
    )
  }
  if (undelivered > 0)
    notes.push(`${counted(undelivered, 'event', ['waits', 'wait'])} in its lane: not delivered yet, not lost`)
  if (found?.older !== undefined) notes.push(olderText(config.id, found.older))
  if (found?.unnamed !== undefined) {
    notes.push(
      `${counted(found.unnamed, 'event', ['was', 'were'])} delivered and can't be found there, nor named: the source does not show them, or the rules were others then`,
    )
  }
  if (found?.queued !== undefined) {
    notes.push(
      `${counted(found.queued, 'event')} of a backfill for it ${found.queued === 1 ? 'waits' : 'wait'} to be sent: not delivered yet, not lost`,
    )
  }
  const failures = new Set(parts.flatMap((part) => part.failure ?? []))
  for (const failure of failures) notes.push(`what lies there could not be read: ${failure}`)
  if (found === undefined && failures.size === 0)
    notes.push('what lies there was not read back: only the ledger speaks for it')
  return {
    spooled: total('spooled'),
    delivered: total('delivered'),
    filtered: total('filtered'),
    deadLettered: total('deadLettered'),
    undelivered,
    complete: faults.length + undelivered + wrong + failures.size + (found?.unreadable.length ?? 0) === 0,
    faults,
    ...(found === undefined ? {} : { found }),
    notes,
  }
}

function unsaid({ unnamed = 0, queued = 0 }: FoundAtSink): number {
  return unnamed + queued
}

function olderText(sink: string, { events, before, left }: OlderEvents): string {
  const what = `${events} of the missing events ${events === 1 ? 'is' : 'are'} older than all that is there (${before}): the files that held them may have been deleted, or moved elsewhere`
  return left
    ? `${what}, so --repair does not send these again; \`replay --sink ${sink}\` does`
    : `${what}; --repair sends these again too`
}

function openFaults({ objects }: FoundAtSink): readonly ObjectFault[] {
  return objects.filter(({ madeGood }) => madeGood !== true)
}

/** One that two parts of the range judge differently is the worse. */
function distinct(objects: readonly ObjectFault[]): ObjectFault[] {
  const byKey = new Map<string, ObjectFault>()
  for (const one of objects) if (byKey.get(one.key)?.madeGood !== false) byKey.set(one.key, one)
  return [...byKey.values()]
}

/** Each part of the range has read the same files. */
function olderIn(parts: readonly OlderEvents[]): { older?: OlderEvents } {
  const [one] = parts.toSorted((a, b) => Date.parse(b.before) - Date.parse(a.before))
  return one === undefined
    ? {}
    : { older: { ...one, events: parts.reduce((sum, { events }) => sum + events, 0) } }
}

function foundIn(parts: readonly FoundAtSink[]): FoundAtSink | undefined {
  if (parts.length === 0) return undefined
  const sum = (key: 'unnamed' | 'queued') => {
    const count = parts.reduce((all, part) => all + (part[key] ?? 0), 0)
    return count === 0 ? {} : { [key]: count }
  }
  return {
    events: parts.reduce((sum, { events }) => sum + events, 0),
    copies: parts.reduce((sum, { copies }) => sum + copies, 0),
    missing: parts.flatMap(({ missing }) => missing),
    ...olderIn(parts.flatMap(({ older }) => older ?? [])),
    ...sum('unnamed'),
    ...sum('queued'),
    extra: parts.flatMap(({ extra }) => extra),
    altered: parts.flatMap(({ altered }) => altered),
    // Each part may have read the same place.
    unreadable: [...new Set(parts.flatMap(({ unreadable }) => unreadable))],
    objects: distinct(parts.flatMap(({ objects }) => objects)),
  }
}
