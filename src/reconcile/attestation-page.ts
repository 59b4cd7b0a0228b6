/** An attestation as Markdown. */

import { rfc3339 } from '../formats/rfc3339.ts'
import { counted } from '../lib/counted.ts'
import type { Attestation } from './attestation.ts'
import type { Example } from './result.ts'

export function attestationPage(it: Attestation): string[] {
  const { reconciliation: found } = it
  return [
    `# Audit events of ${text(found.source)}, ${found.from} to ${found.to}`,
    '',
    found.complete
      ? 'Complete: what the source shows is what was spooled, and what was spooled ended at every sink.'
      : 'Not complete: see the exceptions.',
    '',
    ...table(
      ['', ''],
      [
        ['range', `from ${found.from} inclusive to ${found.to} exclusive`],
        ['made at', it.madeAt],
        ['made by', it.madeBy],
        ['auditferry', `${it.version}, runtime ${it.runtime}`],
        ['events newer than the last poll', `${found.pending}`],
      ],
    ),
    ...counts(found),
    ...exceptions(it),
    ...notes(it),
  ]
}

function counts({ days, sinks }: Attestation['reconciliation']): string[] {
  return [
    '## Counts by day',
    '',
    'A digest is the sum of the uids’ first 16 bytes modulo 2^128: equal sets have equal sums.',
    '',
    ...table(
      ['day (UTC)', 'source', 'ledger', 'digest of the source', 'digest of the ledger'],
      days.map((it) => [it.day, `${it.source}`, `${it.ledger}`, it.sourceDigest, it.ledgerDigest]),
    ),
    ...Object.entries(sinks).flatMap(([id, sink]) => [
      `### Sink ${text(id)}: ${sink.complete ? 'complete' : 'not complete'}`,
      '',
      `${counted(sink.spooled, 'event', ['was', 'were'])} for it; waiting now: ${sink.undelivered}.${readBack(sink)}`,
      '',
      ...table(
        ['day (UTC)', 'delivered', 'filtered', 'dead-lettered'],
        days.map(({ day, sinks: its }) => {
          const { delivered = 0, filtered = 0, deadLettered = 0 } = its[id] ?? {}
          return [day, `${delivered}`, `${filtered}`, `${deadLettered}`]
        }),
      ),
    ]),
  ]
}

function readBack({ found }: Attestation['reconciliation']['sinks'][string]): string {
  return found === undefined
    ? ' What lies there was not read back.'
    : ` Read back there: ${counted(found.events, 'event')}, ${counted(found.copies, ['copy', 'copies'])} beside.`
}

function exceptions({ reconciliation: it, deadLetters, quarantined, listedGaps }: Attestation): string[] {
  const rows = [
    ...it.holes.flatMap((one) =>
      withExamples(`hole: ${one.missing} in the source, not in the ledger`, one.minute, one.examples),
    ),
    ...it.extras.flatMap((one) => {
      const what = one.digestDiffers ? 'the ledger’s digest is not that of its events' : 'extra'
      return withExamples(`${what}: ${one.extra} in the ledger, not at the source`, one.minute, one.examples)
    }),
    ...it.gaps.map(({ second, reason }) => ['gap, not provable now', rfc3339(second), reason]),
    ...listedGaps.map(({ second, reason }) => ['gap, listed', rfc3339(second), reason]),
    ...Object.entries(it.sinks).flatMap(([id, { faults, found }]) => [
      ...faults.map(({ minute, reason }) => [`ledger of ${id}`, minute, reason]),
      ...(found?.missing ?? []).map((one) => [`missing at ${id}`, one.time, describe(one)]),
      ...(found?.extra ?? []).map((one) => [`extra at ${id}`, one.time, describe(one)]),
      ...(found?.altered ?? []).map((one) => [
        `altered at ${id}: ${one.fields.join(', ')}`,
        one.time,
        describe(one),
      ]),
      ...(found?.objects ?? []).map((one) => [
        `${one.kind} object at ${id}`,
        '',
        `${one.key}: ${one.message}`,
      ]),
      ...(found?.unreadable ?? []).map((where) => [`no event at ${id}`, '', where]),
    ]),
    ...deadLetters.map(({ sink, time, uid, reason }) => [
      `dead letter of ${sink}`,
      time,
      `${uid}: ${reason}`,
    ]),
  ]
  return [
    '## Exceptions',
    '',
    `Records in the quarantine of this source, over all time: ${quarantined}.`,
    '',
    ...(rows.length === 0 ? ['None in the range.', ''] : table(['what', 'when', 'which'], rows)),
  ]
}

function withExamples(what: string, minute: string, examples: readonly Example[]): string[][] {
  return [[what, minute, ''], ...examples.map((one) => ['', one.time, describe(one)])]
}

function describe({ uid, action, description }: Example): string {
  return `${uid} ${action} ${description}`.trim()
}

function notes({ reconciliation: it }: Attestation): string[] {
  const all = [
    ...it.notes,
    ...Object.entries(it.sinks).flatMap(([id, sink]) => sink.notes.map((note) => `sink ${id}: ${note}`)),
  ]
  return all.length === 0 ? [] : ['## Notes', '', ...all.map((note) => `- ${text(note)}`), '']
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(text).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), '']
}

/** An event's text must not become markup or another line; GitHub's Markdown strikes out, links and sets formulas too. */
function text(value: string): string {
  return value
    .replaceAll(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, '\u{FFFD}')
    .replaceAll(/[\\`*_{}[\]<>#|&~$]|:(?=\/\/)|(?<=\bwww)\./gi, (mark) => `\\${mark}`)
}
