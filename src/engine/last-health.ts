/**
 * What an engine with an embedded state knew of its components when it ended, for commands that ask while none runs.
 * An engine that was killed leaves nothing.
 */
import type { Trouble } from '../ops/assess.ts'
import type { SinkStatus, SourceStatus, Status } from '../ops/status.ts'
import type { OperatorStore } from '../spool/operator-store.ts'

/** By component, as in `publish`: `source acme`, `sink soc`. */
type LastHealth = Readonly<Record<string, Trouble>>

const KEY = 'health at the end'
const KEPT_MS = 400 * 86_400_000
const TROUBLES: ReadonlySet<string> = new Set(['paused', 'throttled', 'stuck'])

export async function leaveHealth(store: OperatorStore, { sources, sinks }: Status): Promise<void> {
  const left: Record<string, Trouble> = {}
  for (const [id, source] of Object.entries(sources)) {
    const { state, reason } = source
    if (isTroubled(source)) left[`source ${id}`] = { state, reason }
  }
  for (const [id, sink] of Object.entries(sinks)) {
    const { state, reason, retryAt } = sink
    if (isTroubled(sink))
      left[`sink ${id}`] = { state, reason, ...(retryAt !== '' && { retryAt: Date.parse(retryAt) }) }
  }
  await store.keep(KEY, JSON.stringify(left), KEPT_MS)
}

/** Not what an operator has paused, which is stored elsewhere. */
function isTroubled({ state, pausedByOperator }: SourceStatus | SinkStatus): boolean {
  return TROUBLES.has(state) && !pausedByOperator
}

export async function lastHealth(store: OperatorStore): Promise<LastHealth> {
  return JSON.parse((await store.kept(KEY)) ?? '{}') as LastHealth
}

/** A new engine reports for itself. */
export async function forgetHealth(store: OperatorStore): Promise<void> {
  await store.take(KEY)
}
