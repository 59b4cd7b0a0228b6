/** A reconciliation for a person. Texts of events and of stores may hold anything: control characters are not printed. */

import { counted } from '../lib/counted.ts'
import { printable } from '../lib/printable.ts'
import type { Example, Reconciliation, SentAgain, SinkReconciliation } from '../reconcile/result.ts'

export function renderReconciliation(it: Reconciliation, running: boolean): string[] {
  const total = (key: 'source' | 'ledger') => it.days.reduce((sum, day) => sum + day[key], 0)
  return [
    `${it.source} from ${it.from} to ${it.to}: ${it.complete ? 'complete' : 'NOT COMPLETE'}`,
    `  source ${total('source')} events, ledger ${total('ledger')}`,
    ...repairLines(it, running),
    ...it.holes.flatMap(({ minute, source, ledger, missing, examples }) => [
      `  hole    ${minute}  source ${source}, ledger ${ledger}, missing ${missing}`,
      ...exampleLines(examples, missing),
    ]),
    ...it.extras.flatMap(({ minute, source, ledger, extra, examples, digestDiffers }) => [
      `  extra   ${minute}  source ${source}, ledger ${ledger}, ${digestDiffers ? 'the digest is wrong' : `extra ${extra}`}`,
      ...exampleLines(examples, extra),
    ]),
    ...it.gaps.map(({ second, reason }) => `  gap     ${new Date(second * 1000).toISOString()}  ${reason}`),
    ...quarantineLines(it.unreadable),
    ...Object.entries(it.sinks).flatMap(([id, sink]) => sinkLines(id, sink)),
    ...(it.pending > 0 ? [`  newer than the last poll: ${counted(it.pending, 'event')}`] : []),
    ...it.notes.map((note) => `  note: ${note}`),
  ].map(printable)
}

function repairLines({ repaired }: Reconciliation, running: boolean): string[] {
  if (repaired === undefined) return []
  const deliverer = running ? 'the engine' : 'the next run'
  const events = `${counted(repaired.events, 'event')} spooled${repaired.events === 0 ? '' : `; ${deliverer} delivers them`}`
  return [
    `  repaired: ${events}${repaired.gaps === 0 ? '' : `; gaps closed: ${repaired.gaps}`}`,
    ...repaired.holes.flatMap(({ minute, missing, examples }) => [
      `  was     ${minute}  missing ${missing}`,
      ...exampleLines(examples, missing),
    ]),
    ...Object.entries(repaired.sinks ?? {}).flatMap(([id, sent]) => [
      `  was missing at ${id}: ${sent.missing.length}; ${sentText(sent, running)}`,
      ...exampleLines(sent.missing, sent.missing.length),
    ]),
  ]
}

function sentText({ events, waiting, refused }: SentAgain, running: boolean): string {
  const waits = waiting === 0 ? '' : `, ${running ? `${waiting} still wait` : 'the next run sends them'}`
  return `queued to be sent again: ${events}${waits}${refused === 0 ? '' : `, refused: ${refused}`}`
}

function exampleLines(examples: readonly Example[], count: number): string[] {
  const more = count - examples.length
  return [
    ...examples.map(({ uid, time, action, description, where }) =>
      `    ${uid}  ${time}  ${action}  ${description}${where ? `  (${where})` : ''}`.trimEnd(),
    ),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ]
}

function quarantineLines({ records, notQuarantined }: Reconciliation['unreadable']): string[] {
  if (records === 0) return []
  const beside = notQuarantined === 0 ? 'all of them' : `${records - notQuarantined} of them`
  return [`  unreadable records: ${records}, ${beside} in the quarantine`]
}

function sinkLines(id: string, it: SinkReconciliation): string[] {
  const { spooled, delivered, filtered, deadLettered, undelivered, found } = it
  const waits = undelivered === 0 ? '' : ` + waiting ${undelivered}`
  return [
    `  sink ${id}: ${it.complete ? 'complete' : 'NOT COMPLETE'}; spooled ${spooled}, delivered ${delivered} + filtered ${filtered} + dead-lettered ${deadLettered}${waits}`,
    ...it.faults.map(({ minute, reason }) => `    ${minute}  ${reason}`),
    ...(found === undefined
      ? []
      : [
          `    found there: ${counted(found.events, 'event')}, ${counted(found.copies, ['copy', 'copies'])} beside`,
        ]),
    ...named('missing there', found?.missing),
    ...named('extra there', found?.extra),
    ...(found?.altered ?? []).flatMap((one) => [
      `    altered there (${one.fields.join(', ')}):`,
      ...exampleLines([one], 1),
    ]),
    ...(found?.objects ?? []).map(
      ({ kind, key, message, uids, madeGood }) =>
        `    ${kind}: ${key}: ${message}${uidsText(uids)}${madeGood ? '; its events are there' : ''}`,
    ),
    ...(found?.unreadable ?? []).map((where) => `    no event: ${where}`),
    ...it.notes.map((note) => `    note: ${note}`),
  ]
}

function uidsText(uids: readonly string[]): string {
  return uids.length === 0 ? '' : ` (${uids.join(', ')})`
}

function named(what: string, examples: readonly Example[] = []): string[] {
  return examples.length === 0 ? [] : [`    ${what}:`, ...exampleLines(examples, examples.length)]
}
