import type { EngineApi } from '../../src/engine/engine-api.ts'
import { OperationError, UnknownIdError, UsageError } from '../../src/errors.ts'
import type { AuditEvent } from '../../src/event.ts'
import { parseNative } from '../../src/formats/native.ts'
import type { ReplayRequest, ReplaySlice } from '../../src/replay/request.ts'
import type { DeadLetter, DeadLetterQuery } from '../../src/spool/store.ts'
import { sampleStatus } from '../ops/sample-status.ts'
import { sampleReconciliation } from '../reconcile/sample-reconciliation.ts'

export interface FakeEngine extends EngineApi {
  letters: DeadLetter[]
  reasons: string[]
  readonly replayed: ReplayRequest[]
  /** Its answers to replays, one after another. */
  slices: ReplaySlice[]
  /** Component → who paused it. */
  readonly paused: Map<string, string>
  readonly imported: AuditEvent[]
}

/** Holds dead letters in memory and answers as an engine would. */
export function createFakeEngine(): FakeEngine {
  const engine: FakeEngine = {
    letters: [letter('a1', 'soc'), letter('a2', 'soc'), letter('b1', 'hook')],
    reasons: [],
    status: async () => sampleStatus,
    async ledger({ source }) {
      known('source', source)
      const counts = { delivered: 9, filtered: 2, deadLettered: 1, complete: true }
      const day = { day: '2026-11-22', events: 12, gaps: 0, sinks: { soc: counts }, partlyRead: false }
      return { days: [{ ...day, complete: true }], unread: [{ day: '2026-11-23', partlyRead: false }] }
    },
    archives: () => new Map(),
    organizations: () => ['acme'],
    exportState: async () => ({ version: 1, writtenAt: '2026-11-22T22:00:00.000Z', sources: {}, sinks: {} }),
    reconcile: async (query) => sampleReconciliation(query),
    reconciling: () => [],
    readiness: () => ({ ready: engine.reasons.length === 0, reasons: engine.reasons }),
    deadLetters: async (query) => engine.letters.filter(matching(query)).slice(0, query.limit),
    async queueDeadLetters(query) {
      const queued = engine.letters.filter(matching(query))
      engine.letters = engine.letters.map((it) => (queued.includes(it) ? { ...it, state: 'queued' } : it))
      return queued.length
    },
    paused: new Map(),
    pause: async (kind, id, by) => void engine.paused.set(`${kind} ${known(kind, id)}`, by),
    resume: async (kind, id) => void engine.paused.delete(`${kind} ${known(kind, id)}`),
    deliveries: async () => [
      { sink: 'soc', state: 'delivered', rule: null, reason: null, notBefore: null, notAfter: null },
    ],
    async testSink(id) {
      known('sink', id)
      return { ok: false, detail: 'the test event was not taken: HTTP 401', cure: 'mend it' }
    },
    startBackfill: async () => {},
    cancelBackfill: async () => false,
    backfills: async () => [],
    replayed: [],
    slices: [],
    async replay(request) {
      engine.replayed.push(request)
      const slice = engine.slices.shift()
      if (slice === undefined) throw new OperationError(`no sink ${request.sink}; there is soc`)
      return slice
    },
    imported: [],
    async importEvents(request) {
      if (request.sink !== 'archive') throw new UsageError(`the sink ${request.sink} keeps no archive`)
      engine.imported.push(...request.events.map(({ line }) => parseNative(line)))
      return { added: request.events.length, known: 0, filtered: 0, refused: [] }
    },
    async dropDeadLetters(query) {
      const before = engine.letters.length
      engine.letters = engine.letters.filter((it) => !matching(query)(it))
      return before - engine.letters.length
    },
  }
  return engine
}

function known(kind: string, id: string): string {
  if (id === 'acme' || id === 'soc') return id
  throw new UnknownIdError(`there is no ${kind} ${id}`)
}

export function letter(id: string, sink: string): DeadLetter {
  return {
    id,
    sink,
    source: 'acme',
    uid: id.repeat(32),
    at: Date.UTC(2026, 10, 22, 21, 0, 0),
    attempts: 1,
    reason: 'HTTP 400: Incorrect data format',
    answer: '{"code":5}',
    state: 'parked',
    event: `{"uid":"${id.repeat(32)}","action":"stack-created"}`,
  }
}

function matching(query: DeadLetterQuery) {
  return (it: DeadLetter) =>
    (query.sink === undefined || it.sink === query.sink) &&
    (query.ids === undefined || query.ids.includes(it.id)) &&
    (query.after === undefined || it.id > query.after.id) &&
    (query.state === undefined || it.state === query.state)
}
