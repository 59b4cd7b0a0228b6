/** A reconciliation as an engine answers it, with one hole. */
import type { ReconcileQuery, Reconciliation } from '../../src/reconcile/result.ts'
import { secondText } from '../../src/reconcile/time-text.ts'

export function sampleReconciliation({ source, from, to }: ReconcileQuery): Reconciliation {
  const example = {
    uid: 'ab'.repeat(32),
    time: secondText(from),
    action: 'stack-created',
    description: 'web',
  }
  return {
    source,
    from: secondText(from),
    to: secondText(to),
    complete: false,
    holes: [{ minute: secondText(from), source: 10, ledger: 9, missing: 1, examples: [example] }],
    extras: [],
    sinks: {
      soc: {
        spooled: 9,
        delivered: 7,
        filtered: 1,
        deadLettered: 1,
        undelivered: 0,
        complete: true,
        faults: [],
        notes: [],
      },
    },
    gaps: [],
    unreadable: { records: 0, notQuarantined: 0 },
    pending: 0,
    days: [
      {
        day: '2026-11-22',
        source: 10,
        ledger: 9,
        sourceDigest: '0'.repeat(31).concat('2'),
        ledgerDigest: '0'.repeat(31).concat('1'),
        sinks: { soc: { delivered: 7, filtered: 1, deadLettered: 1 } },
      },
    ],
    notes: [],
  }
}
