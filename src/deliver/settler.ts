/**
 * Stores what lanes settle, many lanes and batches in one transaction: the disk is asked once per turn of the event
 * loop, not once per batch. A store that refuses (a full disk) is asked again until it accepts; an outcome is
 * never forgotten, and lanes wait meanwhile.
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import type { LaneState } from '../spool/lane-state.ts'
import {
  ClaimLost,
  type DeadLetter,
  type Settlement,
  type SinkLedgerMinute,
  type Store,
} from '../spool/store.ts'

export interface Delta {
  readonly ledger: readonly (SinkLedgerMinute & { readonly source: string })[]
  readonly deadLettered: readonly DeadLetter[]
  readonly redelivered: readonly string[]
}

export const noDelta: Delta = { ledger: [], deadLettered: [], redelivered: [] }

export interface Settler {
  /** Resolves once the lane's state, as `snapshot` gives it at that moment, and the delta are durable. */
  settle(sink: string, snapshot: () => LaneState, delta: Delta): Promise<void>
  /** Why the store refuses, while it does. */
  trouble(): string | undefined
  /** Stops asking a store that refuses. */
  stop(): void
}

const RETRY_MS = 1_000

export function createSettler(store: Store): Settler {
  let pending = new Map<string, { snapshot: () => LaneState; deltas: Delta[] }>()
  let flushing: Promise<void> | undefined
  let trouble: string | undefined
  const stopped = new AbortController()

  const flush = async () => {
    await setImmediate()
    const taken = pending
    pending = new Map()
    flushing = undefined
    const settlements = [...taken].map(([sink, it]) => merge(sink, it.snapshot(), it.deltas))
    while (!stopped.signal.aborted) {
      try {
        await store.settle(settlements)
        trouble = undefined
        return
      } catch (error) {
        // What is in memory must no longer be stored.
        if (error instanceof ClaimLost) throw error
        trouble = messageOf(error)
        await sleep(RETRY_MS, undefined, { signal: stopped.signal }).catch(() => undefined)
      }
    }
    stopped.signal.throwIfAborted()
  }

  let last: Promise<void> = Promise.resolve()
  return {
    settle(sink, snapshot, delta) {
      const collected = pending.get(sink) ?? { snapshot, deltas: [] }
      collected.deltas.push(delta)
      pending.set(sink, collected)
      if (flushing === undefined) {
        // One flush after the other: a later snapshot must not be overtaken by an earlier one.
        flushing = last.catch(() => undefined).then(flush)
        last = flushing
      }
      return flushing
    },
    trouble: () => trouble,
    stop: () => stopped.abort(new Error('the engine stops')),
  }
}

function merge(sink: string, state: LaneState, deltas: readonly Delta[]): Settlement {
  return {
    sink,
    state,
    ledger: deltas.flatMap((it) => it.ledger),
    deadLettered: deltas.flatMap((it) => it.deadLettered),
    redelivered: deltas.flatMap((it) => it.redelivered),
  }
}
