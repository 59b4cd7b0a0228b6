/**
 * What an engine that had its state alone knew of its components when it ended, for whoever asks while none runs. An
 * engine that was killed leaves nothing.
 */
import type { Trouble } from './ops/assess.ts'
import type { Status } from './ops/status.ts'
import type { OperatorStore } from './spool/operator-store.ts'

/** By component, as in `publish`: `source acme`, `sink soc`. */
export type LastHealth = Readonly<Record<string, Trouble>>

const KEY = 'health at the end'
const KEPT_MS = 400 * 86_400_000
const TROUBLES: ReadonlySet<string> = new Set(['paused', 'throttled', 'stuck'])

export async function leaveHealth(store: OperatorStore, { sources, sinks }: Status): Promise<void> {
  const left: Record<string, Trouble> = {}
  for (const [id, { nextPoll, ...source }] of Object.entries(sources)) {
    if (isTroubled(source)) left[`source ${id}`] = troubleOf(source, nextPoll)
  }
  for (const [id, { retryAt, ...sink }] of Object.entries(sinks)) {
    if (isTroubled(sink)) left[`sink ${id}`] = troubleOf(sink, retryAt)
  }
  await store.keep(KEY, JSON.stringify(left), KEPT_MS)
}

/** What an operator has paused is known without us. */
function isTroubled({ state, pausedByOperator }: Component): boolean {
  return TROUBLES.has(state) && !pausedByOperator
}

function troubleOf({ state, reason }: Component, again: string): Trouble {
  const retryAt = Date.parse(again)
  return { state, reason, ...(Number.isFinite(retryAt) && { retryAt }) }
}

type Component = Pick<Status['sources'][string], 'state' | 'reason' | 'pausedByOperator'>

export async function lastHealth(store: OperatorStore): Promise<LastHealth> {
  return JSON.parse((await store.kept(KEY)) ?? '{}') as LastHealth
}

/** A new engine says for itself how it is. */
export async function forgetHealth(store: OperatorStore): Promise<void> {
  await store.take(KEY)
}
