/** A reconciliation as an engine returns it, with one hole. */

import { rfc3339 } from '../../src/formats/rfc3339.ts'
import type { ReconcileQuery, Reconciliation } from '../../src/reconcile/result.ts'

export function sampleReconciliation({ source, from, to }: ReconcileQuery): Reconciliation {
  const example = {
    uid: 'ab'.repeat(32),
    time: rfc3339(from),
    action: 'stack-created',
    description: 'web',
  }
  return {
    source,
    from: rfc3339(from),
    to: rfc3339(to),
    complete: false,
    holes: [{ minute: rfc3339(from), source: 10, ledger: 9, missing: 1, examples: [example] }],
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
