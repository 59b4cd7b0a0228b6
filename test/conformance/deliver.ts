/** The smallest form of what the engine does with a sink's outcomes: no waiting, no store. */
import type { Batch, BatchEvent, Sink } from '../../src/connector.ts'
import { messageOf } from '../../src/errors.ts'
import { every, type Outcome } from '../../src/outcome.ts'
import { PATIENCE_MS } from '../patience.ts'

export interface Delivery {
  readonly delivered: readonly string[]
  readonly rejected: readonly string[]
  /** Every outcome of every attempt. */
  readonly outcomes: readonly Outcome[]
}

/** Writes until each event is delivered or rejected. A retry or a pause is followed by the next attempt at once. */
export async function deliver(sink: Sink, batch: Batch): Promise<Delivery> {
  const delivered: string[] = []
  const rejected: string[] = []
  const outcomes: Outcome[] = []
  const pending = [batch]
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    if (outcomes.length > ENOUGH * batch.events.length) throw new Error('the sink makes no progress')
    const answers = await write(sink, next)
    outcomes.push(...answers)
    const { again, apart } = settle(next, answers, { delivered, rejected })
    pending.push(...[again, ...halves(apart)].filter((it) => it.length > 0).map((it) => part(batch, it)))
  }
  return { delivered, rejected, outcomes }
}

/** As in the engine: a thrown error counts as a retry, a missing outcome is a bug. */
export async function write(
  sink: Sink,
  batch: Batch,
  signal: AbortSignal = AbortSignal.timeout(PATIENCE_MS),
): Promise<readonly Outcome[]> {
  const count = batch.events.length
  const outcomes = await sink.write(batch, signal).catch((error: unknown) => {
    return every(count, { kind: 'retry', reason: messageOf(error) })
  })
  if (outcomes.length !== count || !outcomes.every(Boolean)) throw new Error(`expected ${count} outcomes`)
  return outcomes
}

const ENOUGH = 50

function settle(
  batch: Batch,
  outcomes: readonly Outcome[],
  settled: { delivered: string[]; rejected: string[] },
): { again: BatchEvent[]; apart: BatchEvent[] } {
  const again: BatchEvent[] = []
  const apart: BatchEvent[] = []
  batch.events.forEach((event, index) => {
    const kind = outcomes[index]?.kind
    if (kind === 'delivered') settled.delivered.push(event.uid)
    else if (kind === 'rejected' || (kind === 'split' && batch.events.length === 1))
      settled.rejected.push(event.uid)
    else if (kind === 'split') apart.push(event)
    else again.push(event)
  })
  return { again, apart }
}

function halves(events: readonly BatchEvent[]): BatchEvent[][] {
  const middle = Math.ceil(events.length / 2)
  return [events.slice(0, middle), events.slice(middle)]
}

function part(batch: Batch, events: readonly BatchEvent[]): Batch {
  return { ...batch, events, bytes: events.reduce((sum, { payload }) => sum + payload.length, 0) }
}
