/** Small, complete values of the store contract, for tests to change. */

import type { LaneState } from '../../src/spool/lane-state.ts'
import { freshCursor } from '../../src/spool/lane-state.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import type {
  Append,
  DeadLetter,
  Entry,
  LedgerMinute,
  QuarantinedRecord,
  Settlement,
  SinkLedgerMinute,
  Store,
} from '../../src/spool/store.ts'

export const SOURCE = 'acme'

export function entry(base: number, count: number, blob = Buffer.from(`${base}+${count}`)): Entry {
  return { base, count, blob }
}

export function append(changes: Partial<Append> = {}): Append {
  return { source: SOURCE, state: freshSource, ledger: [], quarantined: [], ...changes }
}

/** Appends entries of these sizes, one after another. */
export async function fill(store: Store, counts: readonly number[], source = SOURCE): Promise<void> {
  let { end } = await store.bounds(source)
  for (const count of counts) {
    await store.append(append({ source, entry: entry(end, count) }))
    end += count
  }
}

/** `digest`: the 16 bytes as a number. */
export function minute(at: number, count: number, digest: bigint, uids = ''): LedgerMinute {
  return { minute: at, count, digest: digestOf(digest), uids: Buffer.from(uids, 'hex') }
}

export function sinkMinute(
  changes: Partial<SinkLedgerMinute & { source: string }>,
): SinkLedgerMinute & { source: string } {
  const none = { delivered: 0, filtered: 0, deadLettered: 0, digest: digestOf(0n) }
  return { source: SOURCE, minute: 10, ...none, ...changes }
}

export function digestOf(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex')
}

export function quarantined(id: string, at: number): QuarantinedRecord {
  return { id, at, reason: `row ${id} has no time`, bytes: Buffer.from(`\u0000"${id}`) }
}

export function lane(next: number, changes: Partial<LaneState> = {}): LaneState {
  return { cursors: { [SOURCE]: freshCursor(next) }, ...changes }
}

export function settlement(changes: Partial<Settlement> = {}): Settlement {
  return { sink: 'soc', state: lane(0), ledger: [], deadLettered: [], redelivered: [], ...changes }
}

export function deadLetter(id: string, changes: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id,
    sink: 'soc',
    source: SOURCE,
    uid: id.padStart(64, '0'),
    at: 1_795_384_800_000,
    attempts: 1,
    reason: 'HTTP 400',
    answer: '{"code":6}',
    state: 'parked',
    event: `{"uid":"${id}"}`,
    ...changes,
  }
}

/** A state that can't be stored: the write that contains it fails after its other parts were written. */
export function unstorable<State extends object>(state: State): State {
  return Object.assign({ ...state }, { toJSON: refuse })
}

function refuse(): never {
  throw new Error('this state cannot be written')
}
