import { expect, it } from 'vitest'
import type { Reconciliation, SinkReconciliation } from '../../reconcile/result.ts'
import { findingsOf, isRepairable, verdictOf } from './findings.ts'

const example = {
  uid: 'ab'.repeat(32),
  time: '2026-11-24T10:03:01Z',
  action: 'stack-created',
  description: 'x',
}
const sink: SinkReconciliation = {
  spooled: 1,
  delivered: 1,
  filtered: 0,
  deadLettered: 0,
  undelivered: 0,
  complete: true,
  faults: [],
  notes: [],
}
const whole: Reconciliation = {
  source: 'acme',
  from: '2026-11-24T00:00:00Z',
  to: '2026-11-25T00:00:00Z',
  complete: true,
  holes: [],
  extras: [],
  sinks: { soc: sink },
  gaps: [],
  unreadable: { records: 0, notQuarantined: 0 },
  pending: 0,
  days: [],
  notes: [],
}

it('does not call complete what was not asked for', () => {
  const before = '2026-11-24T12:00:00Z'
  expect(verdictOf({ ...whole, notAskedFor: { before, events: 0 } })).toEqual({
    tone: 'warn',
    text: 'Complete for what was asked for: the source is read from 2026-11-24 12:00:00 UTC on. A backfill brings what is before.',
  })
  expect(verdictOf({ ...whole, notAskedFor: { before: whole.to, events: 3 } })).toEqual({
    tone: 'warn',
    text: 'Not read: the source is read from 2026-11-25 00:00:00 UTC on, and shows 3 events of before. A backfill brings what is before.',
  })
})

const hole = { minute: '2026-11-24T10:03:00Z', source: 10, ledger: 9, missing: 1, examples: [example] }

it('finds nothing in what is complete', () => {
  expect(findingsOf(whole)).toEqual([])
  expect(isRepairable(whole)).toBe(false)
})

it('says that nothing is missing while events only wait', () => {
  const waits = { ...whole, complete: false, sinks: { soc: { ...sink, undelivered: 5, complete: false } } }
  const all = [whole, waits, { ...whole, complete: false, holes: [hole] }]
  expect(all.map((it) => verdictOf(it).tone)).toEqual(['good', 'warn', 'bad'])
})

it('names each hole with its examples, and offers a repair', () => {
  const it = { ...whole, complete: false, holes: [hole] }
  expect(findingsOf(it)).toEqual([
    {
      tone: 'bad',
      title: '10:03 UTC: 1 event missing (the source shows 10, the ledger 9)',
      lines: ['2026-11-24T10:03:01Z stack-created: x (abababababababab…)'],
    },
  ])
  expect(isRepairable(it)).toBe(true)
})

it('names what a sink lacks, has changed, and has too much', () => {
  const found = {
    events: 3,
    copies: 0,
    missing: [example],
    extra: [{ ...example, where: 'a.ndjson, event 3' }],
    altered: [{ ...example, fields: ['actor.login'] }],
    unreadable: ['line 7'],
    objects: [
      { kind: 'missing' as const, key: 'a', message: 'a is gone', uids: [] },
      { kind: 'added' as const, key: 'b', message: 'b was added', uids: [], madeGood: true },
    ],
  }
  const it = { ...whole, complete: false, sinks: { soc: { ...sink, undelivered: 5, found } } }
  expect(findingsOf(it).map(({ tone, title }) => `${tone} ${title}`)).toEqual([
    'bad soc: 1 event missing there',
    'bad soc: 1 event altered there',
    'warn soc: 1 event there that nobody sent',
    'warn soc: 1 line there without an event',
    'bad soc: 1 object not as the manifests say',
    'warn soc: 5 events not delivered yet, not lost',
  ])
  expect(findingsOf(it).flatMap(({ lines }) => lines)).toContain('a is gone')
  expect(isRepairable(it)).toBe(true)
})

it('names gaps, extras, faults and what could not be understood', () => {
  const fault = { ...sink, minute: '2026-11-24T11:00:00Z', reason: 'the digest differs' }
  const it: Reconciliation = {
    ...whole,
    complete: false,
    gaps: [{ second: Date.UTC(2026, 10, 24, 1, 2, 3) / 1000, reason: 'one second fills a page' }],
    extras: [{ minute: '2026-11-24T10:07:00Z', source: 9, ledger: 10, extra: 1, examples: [] }],
    sinks: { soc: { ...sink, faults: [fault] } },
    unreadable: { records: 3, notQuarantined: 1 },
  }
  expect(findingsOf(it).map(({ title }) => title)).toEqual([
    'Gap at 01:02:03 UTC',
    'soc, 11:00 UTC',
    '10:07 UTC: 1 event that the source does not show',
    '3 records could not be understood, 1 of them not in the quarantine',
  ])
})

it('shows a few examples and says how many more there are', () => {
  const holes = [{ ...hole, examples: Array.from({ length: 13 }, () => example) }]
  const [finding] = findingsOf({ ...whole, holes })
  expect(finding?.lines).toHaveLength(11)
  expect(finding?.lines.at(-1)).toBe('and 3 more')
})
