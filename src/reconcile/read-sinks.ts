/** What really lies at the sinks of a slice. */
import type { SinkConfig } from '../config/config.ts'
import type { ReadBackRange, Sink } from '../connector.ts'
import { isReplay } from '../deliver/dead-letters.ts'
import { messageOf } from '../errors.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import { isMixed } from './asked-for.ts'
import type { Expect } from './expectation.ts'
import type { LedgerView } from './lane-view.ts'
import { type ReadBack, readSink } from './read-sink.ts'
import type { SourceView } from './read-source.ts'

export interface ReadableSink {
  readonly config: SinkConfig
  readonly sink: Sink
  /** Undefined when it can't be read back. */
  readonly expect: Expect | undefined
}

/** What is compared: what the source shows of the range, and what the ledgers know. */
export interface Seen {
  readonly state: SourceState
  readonly range: ReadBackRange
  readonly source: SourceView
  readonly view: LedgerView
}

/** What lies at each sink that can be read back, and why it could not be read at others. */
export async function readSinks(
  { store, sinks }: { readonly store: Store; readonly sinks: readonly ReadableSink[] },
  { state, ...seen }: Seen,
  signal: AbortSignal,
) {
  const read = new Map<string, ReadBack>()
  const failures = new Map<string, string>()
  for (const { config, sink, expect } of sinks) {
    if (expect === undefined) continue
    const { id, sources } = config
    const letters = await lettersOf(store, id)
    const own = { sink, sinkId: id, brought: state.backfilled?.[id] ?? [], isShared: sources.length > 1 }
    try {
      const parts = {
        store,
        ...seen,
        ...own,
        ...letters,
        isMixed: (minute: number) => isMixed(state, minute),
      }
      const back = await readSink(parts, signal)
      if (back !== undefined) read.set(id, back)
    } catch (error) {
      signal.throwIfAborted()
      failures.set(id, messageOf(error))
    }
  }
  return { read, failures }
}

/** Uids. A replay that was refused was delivered once before, but for what a backfill brought. */
async function lettersOf(store: Store, sink: string) {
  const letters = await store.deadLetters({ sink, limit: 1e9 })
  const [deadLettered, refused] = [new Set<string>(), new Set<string>()]
  for (const letter of letters) (isReplay(letter) ? refused : deadLettered).add(letter.uid)
  return { deadLettered, refused }
}
