/** What sinks that write objects share beyond the suite: the same batch gives the same objects again. */
import { expect } from 'vitest'
import { uidsOf } from '../emulators/s3/read-back.ts'
import { auditEvents, batchOf } from './batches.ts'
import type { OpenSink } from './open-sink.ts'

/**
 * Writes events of two hours twice, and closes the sink: `objects` then has one object per hour, with each event once.
 */
export async function expectHoursOnce(
  { sink, format }: OpenSink,
  objects: Parameters<typeof uidsOf>[0] & { readonly size: number },
): Promise<void> {
  const batch = batchOf([...auditEvents(30), ...auditEvents(30, 10_800)], format)
  for (const _ of [1, 2]) {
    const outcomes = await sink.write(batch, new AbortController().signal)
    expect(outcomes.every(({ kind }) => kind === 'delivered')).toBe(true)
  }
  await sink.close()
  expect(objects.size).toBe(2)
  expect(uidsOf(objects).toSorted()).toEqual(batch.events.map(({ uid }) => uid).toSorted())
}
