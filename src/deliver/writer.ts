/**
 * Brings one batch to its end: writes it, and settles each event's outcome, until every event is delivered or a
 * dead letter. What is retried goes again as it is; what can't be told apart is halved until the guilty event
 * stands alone.
 */
import type { SinkConfig } from '../config/config.ts'
import type { Sink } from '../connector.ts'
import { outcomeOfFailure } from '../lib/http/outcome.ts'
import type { Logger } from '../lib/logger.ts'
import { printable } from '../lib/printable.ts'
import type { Metrics } from '../ops/metrics.ts'
import { span } from '../ops/spans.ts'
import { every, type Outcome } from '../outcome.ts'
import type { Store } from '../spool/store.ts'
import { withoutDropped } from './dead-letters.ts'
import type { Gate } from './gate.ts'
import { createTroubleLog } from './trouble-log.ts'
import { batchOf, type Item } from './work.ts'

interface WriterParts {
  readonly config: SinkConfig
  readonly sink: Sink
  readonly gate: Gate
  readonly store: Pick<Store, 'deadLetters'>
  readonly metrics: Metrics
  readonly logger: Logger
  /** Milliseconds, for what lasts and no time of day. */
  readonly now: () => number
  organizationOf(source: string): string
  noteFailure(reason: string): void
}

export interface Refused {
  readonly item: Item
  readonly reason: string
  readonly answer: string
  readonly attempts: number
}

/** Makes settled events durable before the batch goes on. */
type SettleItems = (delivered: readonly Item[], refused: readonly Refused[]) => Promise<void>

export interface Writer {
  /** Resolves when every item is settled. Rejects when `signal` is aborted; what is not settled stays open. */
  write(source: string, items: readonly Item[], settle: SettleItems, signal: AbortSignal): Promise<void>
}

interface Attempt {
  readonly source: string
  readonly settle: SettleItems
  readonly signal: AbortSignal
  failingSince: number | undefined
}

export function createWriter(it: WriterParts): Writer {
  const troubles = createTroubleLog(it.logger, it.now)
  const writeOnce = async (attempt: Attempt, items: readonly Item[]): Promise<readonly Outcome[]> => {
    const startedAt = it.now()
    const batch = batchOf(attempt.source, it.organizationOf(attempt.source), items)
    const write = async () => {
      const outcomes = await it.sink.write(batch, attempt.signal)
      if (outcomes.length === items.length) return outcomes
      throw new Error(`the sink answered with ${outcomes.length} outcomes for ${items.length} events`)
    }
    const answered = await span(
      'auditferry.sink.write',
      { sink: it.config.id, events: items.length },
      write,
    ).catch((error: unknown) => every(items.length, outcomeOfFailure(error)))
    const outcomes = items.length === 1 ? answered.map(refuseSplit) : answered
    it.metrics.sinkRequest(it.config.id, worstKind(outcomes), (it.now() - startedAt) / 1000)
    return outcomes
  }

  /** Waits for passage; answers what is still to be written then, since dead letters may be dropped while they wait. */
  const pass = async (attempt: Attempt, items: readonly Item[]): Promise<readonly Item[]> => {
    const mayWait = it.gate.trouble() !== undefined
    const { wasHeld } = await it.gate.pass(attempt.signal)
    // The sink was not asked meanwhile: that time is no reason to give up.
    if (wasHeld) attempt.failingSince = undefined
    if (!mayWait) return items
    let left: readonly Item[] = []
    try {
      left = await withoutDropped(it.store, it.config.id, items)
    } finally {
      if (left.length === 0) it.gate.turnBack()
    }
    return left
  }

  /** `before`: how often these items were written already, together with others. */
  const writeAll = async (attempt: Attempt, items: readonly Item[], before = 0): Promise<void> => {
    let left = items
    let attempts = before
    while (left.length > 0) {
      left = await pass(attempt, left)
      if (left.length === 0) return
      attempts++
      const outcomes = await writeOnce(attempt, left)
      const sorted = sortOutcomes(left, outcomes, attempts)
      const failure = report(attempt, sorted)
      const gaveUp = failure === undefined ? [] : giveUp(attempt, sorted.again, { ...failure, attempts })
      if (sorted.delivered.length + sorted.refused.length + gaveUp.length > 0) {
        await attempt.settle(sorted.delivered, [...sorted.refused, ...gaveUp])
      }
      if (sorted.split.length > 0) {
        const middle = Math.ceil(sorted.split.length / 2)
        await writeAll(attempt, sorted.split.slice(0, middle), attempts)
        await writeAll(attempt, sorted.split.slice(middle), attempts)
      }
      left = gaveUp.length > 0 ? [] : sorted.again
    }
  }

  /** Tells the gate how it went; answers the failure that made events wait, if any. */
  const report = (attempt: Attempt, sorted: Sorted): Sorted['failure'] => {
    const { failure } = sorted
    const progress = sorted.delivered.length + sorted.refused.length > 0
    // A sink that takes some each time isn't dead: back-off and time to give up begin anew.
    if (failure === undefined || progress) {
      it.gate.succeed()
      attempt.failingSince = undefined
    }
    // What is only halved has not been taken yet.
    if (failure === undefined && progress) troubles.succeeded()
    if (failure === undefined || (progress && failure.afterMs === 0)) return undefined
    // What an abort broke off is no fault of the sink; the gate lets nothing more pass.
    if (attempt.signal.aborted) return undefined
    attempt.failingSince ??= it.now()
    it.noteFailure(failure.reason)
    if (it.gate.fail(failure)) troubles.failed(failure)
    return failure
  }

  const giveUp = (
    attempt: Attempt,
    items: readonly Item[],
    failure: { kind: string; reason: string; attempts: number },
  ): Refused[] => {
    const { giveUpAfterMs } = it.config.retry
    const failingFor = it.now() - (attempt.failingSince ?? it.now())
    if (giveUpAfterMs === undefined || failure.kind === 'pause' || failingFor < giveUpAfterMs) return []
    const reason = `gave up after ${Math.round(failingFor / 1000)} s: ${failure.reason}`
    return items.map((item) => ({ item, reason, answer: '', attempts: failure.attempts }))
  }

  return {
    write: (source, items, settle, signal) =>
      writeAll({ source, settle, signal, failingSince: undefined }, items),
  }
}

interface Sorted {
  readonly delivered: Item[]
  readonly refused: Refused[]
  readonly split: Item[]
  readonly again: Item[]
  /** The gravest of the outcomes that make events wait. */
  failure: { kind: 'retry' | 'pause'; reason: string; afterMs?: number } | undefined
}

function sortOutcomes(items: readonly Item[], outcomes: readonly Outcome[], attempts: number): Sorted {
  const sorted: Sorted = { delivered: [], refused: [], split: [], again: [], failure: undefined }
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as Item
    const outcome = outcomes[i] as Outcome
    if (outcome.kind === 'delivered') sorted.delivered.push(item)
    else if (outcome.kind === 'rejected') {
      const reason = printableReason(outcome.reason)
      sorted.refused.push({ item, reason, answer: outcome.answer ?? '', attempts })
    } else if (outcome.kind === 'split') sorted.split.push(item)
    else {
      sorted.again.push(item)
      if (sorted.failure === undefined || (outcome.kind === 'pause' && sorted.failure.kind === 'retry')) {
        sorted.failure = { ...outcome, reason: printableReason(outcome.reason) }
      }
    }
  }
  return sorted
}

/** Characters of a reason that are kept. */
const REASON_KEPT = 2_000

/** A reason may quote the server, and is shown in many places. */
function printableReason(reason: string): string {
  return printable(reason.slice(0, REASON_KEPT))
}

/** What stands alone can't be halved. */
function refuseSplit(outcome: Outcome): Outcome {
  return outcome.kind === 'split' ? { ...outcome, kind: 'rejected' } : outcome
}

const GRAVITY: readonly Outcome['kind'][] = ['pause', 'retry', 'split', 'rejected', 'delivered']

function worstKind(outcomes: readonly Outcome[]): Outcome['kind'] {
  const kinds = new Set(outcomes.map((it) => it.kind))
  return GRAVITY.find((kind) => kinds.has(kind)) ?? 'delivered'
}
