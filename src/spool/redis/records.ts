/** Converts values in Redis to the shapes of the store contract, and back. */
import type { Cursor, LaneState } from '../lane-state.ts'
import type { DeadLetter, LedgerMinute, QuarantinedRecord, SinkLedgerMinute } from '../store.ts'
import { parsed } from './clear-errors.ts'

const DIGEST_BYTES = 16

/** A lane's place in one log, with the notes about the lane as a whole. */
export interface LaneRecord {
  readonly cursor: Cursor
  readonly notes: Omit<LaneState, 'cursors'>
  /** Tells which record carries the latest notes. */
  readonly notedAt: number
}

export function ledgerMinute(minute: string, value: Buffer, uids: Buffer | null | undefined): LedgerMinute {
  return {
    minute: Number(minute),
    count: Number(value.toString('latin1', DIGEST_BYTES)),
    digest: Uint8Array.from(value.subarray(0, DIGEST_BYTES)),
    uids: uids ?? undefined,
  }
}

/**
 * `<digest>delivered filtered dead-lettered[ replayed[@first@last]]`: what follows the third number is only there if
 * needed.
 */
export function sinkLedgerMinute(minute: string, value: Buffer): SinkLedgerMinute {
  const [delivered, filtered, deadLettered, more = ''] = value.toString('latin1', DIGEST_BYTES).split(' ')
  const [replayed, first, last] = more.split('@').map(Number)
  return {
    minute: Number(minute),
    delivered: Number(delivered),
    filtered: Number(filtered),
    deadLettered: Number(deadLettered),
    ...(replayed ? { replayed } : {}),
    ...(first === undefined || last === undefined ? {} : { settled: { first, last } }),
    digest: Uint8Array.from(value.subarray(0, DIGEST_BYTES)),
  }
}

export function quarantineRecord({ at, reason, bytes }: QuarantinedRecord): string {
  return JSON.stringify({ at, reason, bytes: Buffer.from(bytes).toString('base64') })
}

export function quarantined(id: string, text: string, key: string): QuarantinedRecord {
  const { at, reason, bytes } = parsed<{ at: number; reason: string; bytes: string }>(text, key)
  return { id, at, reason, bytes: Buffer.from(bytes, 'base64') }
}

/** Its state follows from the list that it is in. */
export function letterRecord({ state: _, ...letter }: DeadLetter): string {
  return JSON.stringify(letter)
}

export function letter(text: string, state: DeadLetter['state'], key: string): DeadLetter {
  const { event, ...rest } = parsed<Omit<DeadLetter, 'state'>>(text, key)
  return { ...rest, state, event }
}

export function laneState(records: ReadonlyMap<string, LaneRecord>): LaneState | undefined {
  let last: LaneRecord | undefined
  for (const record of records.values())
    if (last === undefined || record.notedAt > last.notedAt) last = record
  if (last === undefined) return undefined
  const cursors = Object.fromEntries([...records].map(([source, { cursor }]) => [source, cursor]))
  return { ...last.notes, cursors }
}
