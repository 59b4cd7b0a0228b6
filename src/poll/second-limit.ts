/**
 * Bounds what is held of one second. Ordinals are counted on whole seconds, so a second is held until it is known to
 * be whole; a source that never moves on from one would fill the memory. Beyond the bounds the answer is refused: the
 * checkpoint stays, and nothing is dropped.
 */
import type { RecordFields } from '../connector.ts'
import type { SourceError } from '../errors.ts'
import { misbehaved } from './walk.ts'

/** Twice what the busiest second of a large organisation is thought to hold. */
const SECOND_RECORDS = 200_000
/** Bytes of their text. */
const SECOND_BYTES = 128 * 1024 * 1024

export interface SecondLimit {
  /** Counts a record; a new second starts from zero. Throws SourceError beyond the bounds. */
  count(timestamp: number, bytes: number): void
}

export function createSecondLimit(): SecondLimit {
  let second = Number.NaN
  let records = 0
  let held = 0
  return {
    count(timestamp, bytes) {
      if (timestamp !== second) {
        second = timestamp
        records = 0
        held = 0
      }
      records++
      held += bytes
      if (records > SECOND_RECORDS || held > SECOND_BYTES) throw tooMuch(second, records, held)
    },
  }
}

function tooMuch(second: number, records: number, bytes: number): SourceError {
  const most = `${SECOND_RECORDS} records or ${SECOND_BYTES / 2 ** 20} MiB`
  return misbehaved(
    `second ${second} holds more than ${most} (${records} records, ${bytes} bytes so far). Nothing is passed over; check what answers in the source's place`,
  )
}

/** Roughly the bytes of a record's text, without building its `raw` where that is expensive. */
export function sizeOf(record: RecordFields): number {
  return record.size ?? record.raw.length
}
