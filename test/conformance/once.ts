/** Opens a sink for one question, and returns its answer. */
import type { CheckResult } from '../../src/connector.ts'
import type { AuditEvent } from '../../src/event.ts'
import type { Outcome } from '../../src/outcome.ts'
import { PATIENCE_MS } from '../patience.ts'
import { auditEvents, batchOf } from './batches.ts'
import { write } from './deliver.ts'
import type { OpenSink } from './open-sink.ts'

export async function writeOnce(
  { sink, format }: OpenSink,
  events: readonly AuditEvent[] = auditEvents(1),
): Promise<readonly Outcome[]> {
  const outcomes = await write(sink, batchOf(events, format))
  await sink.close()
  return outcomes
}

export async function checkOnce({ sink }: OpenSink): Promise<CheckResult | undefined> {
  const result = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
  await sink.close()
  return result
}
