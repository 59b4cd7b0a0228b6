/** What a reconciliation found, in lines: first what is missing, then what is strange. Pure. */
import type { Example, NotAskedFor, Reconciliation, SinkReconciliation } from '../../reconcile/result.ts'
import { plural } from '../blocks/number-text.ts'
import { marked } from '../blocks/turned-text.ts'

interface Finding {
  /** `bad` is lost until it is repaired, `warn` needs a look. */
  readonly tone: 'bad' | 'warn'
  readonly title: string
  readonly lines: readonly string[]
}

/** The most examples shown of each: enough to recognise it. */
const MOST_LINES = 10

export function findingsOf(it: Reconciliation): Finding[] {
  const found: Finding[] = [
    ...it.holes.map(({ minute, missing, source, ledger, examples }) =>
      bad(
        `${minuteText(minute)}: ${plural(missing, 'event')} missing (the source shows ${source}, the ledger ${ledger})`,
        examples.map(exampleText),
      ),
    ),
    ...it.gaps.map(({ second, reason }) => bad(`Gap at ${secondText(second)}`, [reason])),
    ...Object.entries(it.sinks).flatMap(([id, sink]) => sinkFindings(id, sink)),
    ...it.extras.map(({ minute, extra, examples }) =>
      warn(
        `${minuteText(minute)}: ${plural(extra, 'event')} that the source does not show`,
        examples.map(exampleText),
      ),
    ),
  ]
  const { records, notQuarantined } = it.unreadable
  if (records > 0) {
    const text = `${plural(records, 'record')} could not be understood`
    found.push(
      notQuarantined > 0 ? bad(`${text}, ${notQuarantined} of them not in the quarantine`) : warn(text),
    )
  }
  return found
}

/** As a sentence; events that are merely waiting are not missing. */
export function verdictOf(it: Reconciliation): { tone: 'good' | 'warn' | 'bad'; text: string } {
  if (it.complete && it.notAskedFor !== undefined) {
    return { tone: 'warn', text: unaskedText(it.notAskedFor, it.to) }
  }
  if (it.complete) return { tone: 'good', text: 'Complete: the source, the ledger and every sink agree.' }
  return findingsOf(it).some(({ tone }) => tone === 'bad')
    ? { tone: 'bad', text: 'Not complete: see below what is missing.' }
    : { tone: 'warn', text: 'Not complete yet: nothing is known to be missing; see below what is open.' }
}

function unaskedText({ before, events }: NotAskedFor, to: string): string {
  const shown = events === 0 ? '' : `, and shows ${plural(events, 'event')} of before`
  const since = `the source is read from ${before.replace('T', ' ').replace('Z', ' UTC')} on${shown}`
  const brings = 'A backfill brings what is before.'
  return to <= before
    ? `Not read: ${since}. ${brings}`
    : `Complete for what was asked for: ${since}. ${brings}`
}

/** Whether a repair could bring anything back. */
export function isRepairable(it: Reconciliation): boolean {
  const atSinks = Object.values(it.sinks).some(({ found }) => (found?.missing.length ?? 0) > 0)
  return !it.complete && (it.holes.length > 0 || it.gaps.length > 0 || atSinks)
}

function sinkFindings(id: string, { faults, found, undelivered }: SinkReconciliation): Finding[] {
  return [
    ...faults.map(({ minute, reason }) => bad(`${id}, ${minuteText(minute)}`, [reason])),
    ...some(found?.missing, (list) =>
      bad(`${id}: ${plural(list.length, 'event')} missing there`, list.map(exampleText)),
    ),
    ...some(found?.altered, (list) =>
      bad(
        `${id}: ${plural(list.length, 'event')} altered there`,
        list.map((one) => `${exampleText(one)} (${one.fields.join(', ')})`),
      ),
    ),
    ...some(found?.extra, (list) =>
      warn(`${id}: ${plural(list.length, 'event')} there that nobody sent`, list.map(exampleText)),
    ),
    ...some(found?.unreadable, (list) =>
      warn(`${id}: ${plural(list.length, 'line')} there without an event`, list),
    ),
    ...some(
      found?.objects.filter(({ madeGood }) => madeGood !== true),
      (list) =>
        bad(
          `${id}: ${plural(list.length, 'object')} not as the manifests say`,
          list.map(({ message }) => message),
        ),
    ),
    ...(undelivered > 0 ? [warn(`${id}: ${plural(undelivered, 'event')} not delivered yet, not lost`)] : []),
  ]
}

function some<T>(list: readonly T[] | undefined, describe: (list: readonly T[]) => Finding): Finding[] {
  return list === undefined || list.length === 0 ? [] : [describe(list)]
}

function bad(title: string, lines: readonly string[] = []): Finding {
  return { tone: 'bad', title, lines: shortened(lines) }
}

function warn(title: string, lines: readonly string[] = []): Finding {
  return { tone: 'warn', title, lines: shortened(lines) }
}

function shortened(lines: readonly string[]): readonly string[] {
  const more = lines.length - MOST_LINES
  return more > 0 ? [...lines.slice(0, MOST_LINES), `and ${more} more`] : lines
}

function exampleText({ time, action, description, uid, where }: Example): string {
  const place = where === undefined ? '' : `, ${where}`
  return `${time} ${action}: ${marked(description)} (${uid.slice(0, 16)}…${place})`
}

/** `10:03 UTC`, from an RFC 3339 text. */
function minuteText(minute: string): string {
  return `${minute.slice(11, 16)} UTC`
}

function secondText(second: number): string {
  return `${new Date(second * 1000).toISOString().slice(11, 19)} UTC`
}
