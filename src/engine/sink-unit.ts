/** One configured sink, and its lane while this process holds it. */
import type { SinkConfig } from '../config/config.ts'
import type { Sink } from '../connector.ts'
import { createEntryReader, type EntryReader } from '../deliver/entries.ts'
import { createGate } from '../deliver/gate.ts'
import type { Lane } from '../deliver/lane.ts'
import { createLaneBook } from '../deliver/lane-book.ts'
import { openLaneState } from '../deliver/lane-state.ts'
import { compileRules } from '../deliver/rules.ts'
import { createSettler, noDelta, type Settler } from '../deliver/settler.ts'
import { createWriter } from '../deliver/writer.ts'
import { lineFormat } from '../formats/formats.ts'
import type { Pipeline } from '../pipeline.ts'
import type { Claim } from '../spool/store.ts'
import type { EngineParts } from './components.ts'
import type { Pauses } from './operator-pause.ts'
import { createTending, NOTHING_DUE } from './tending.ts'

export interface SinkUnit {
  readonly config: SinkConfig
  readonly sink: Sink
  held(): HeldLane | undefined
  /** Why what fell due at the sink is not done yet. Undefined when nothing is overdue. */
  overdue(): string | undefined
  /** Claims the lane and opens it from what is stored. Undefined while another process holds it. */
  hold(): Promise<HeldLane | undefined>
  /**
   * Stores the lane's place in the log of a source that begins or starts over. This happens before the source's first
   * event, which the lane would otherwise miss. Throws while another process is still doing it.
   */
  place(source: string): Promise<void>
  /** Finishes what is under way, or gives it back after an abort; then other processes may take the lane. */
  give(): Promise<void>
}

export interface HeldLane {
  readonly lane: Lane
  readonly settler: Settler
  readonly claim: Claim
  /** Whether what was due when the lane was taken is done, or has failed. Who holds it only for a while waits for that. */
  hasTended(): boolean
}

interface SinkUnitParts {
  readonly pipeline: Pipeline
  /** Shared by all lanes on an embedded store, where claims are never lost. Otherwise each lane has its own, for as long as its claim. */
  readonly together: { readonly settler: Settler; readonly entries: EntryReader } | undefined
  readonly pauses: Pauses
  organizationOf(source: string): string
}

export function createSinkUnit(it: EngineParts, shared: SinkUnitParts, config: SinkConfig): SinkUnit {
  const { store, metrics, now, random, version } = it
  const { id, definition, options, connection } = config
  const { pipeline, together, organizationOf, pauses } = shared
  const logger = it.logger.child({ sink: id })
  const format = lineFormat(config.format, config.formatOptions)
  const sink = definition.create(options, { id, logger, connection, now, version, format })
  const rules = compileRules(config, { now, warn: logger.warn })
  let held: HeldLane | undefined
  let giving: Promise<void> | undefined
  let tended = NOTHING_DUE
  pipeline.keepFor(config)
  pauses.watch(`sink ${id}`, (reason) => held?.lane.gate.hold(reason))

  const readUpTo = async () => {
    const states = await Promise.all(config.sources.map((source) => store.loadSource(source)))
    const checkpoints = states.flatMap((state) => state?.checkpoint ?? [])
    return checkpoints.length === 0 ? undefined : Math.min(...checkpoints)
  }

  const tending = createTending({ id, sink, timeoutMs: connection.timeoutMs, metrics, logger, readUpTo })

  const open = async (claim: Claim): Promise<HeldLane> => {
    for (const source of config.sources) await pipeline.refreshLog(source)
    const settler = together?.settler ?? createSettler(store)
    const entries = together?.entries ?? createEntryReader(store)
    const stored = await store.loadLane(id)
    const book = createLaneBook(openLaneState(stored, config, pipeline.log, logger))
    const gate = createGate({ maxBackoffMs: config.retry.maxBackoffMs, now, random })
    const noteFailure = (reason: string) => book.note({ lastError: reason })
    // Uptime, so that neither a leaping clock nor a sleeping machine makes a sink seem to fail for longer.
    const uptime = () => performance.now()
    const writing = { config, sink, gate, store, metrics, logger, now: uptime }
    const writer = createWriter({ ...writing, organizationOf, noteFailure })
    // A lane's place is stored before the first event is spooled, so that after a crash it is not taken for a new lane.
    await settler.settle(id, book.snapshot, noDelta)
    const lane = pipeline.lane({ config, rules, book, gate, writer, entries, settler, metrics, logger })
    claim.signal.addEventListener('abort', lane.abort)
    tended = tending.start(claim.signal)
    return { lane, settler, claim, hasTended: tended.hasTended }
  }

  const giveBack = async ({ lane, settler, claim }: HeldLane) => {
    await lane.stop()
    await tended.stop()
    // Also stores notes of a lane that had nothing to settle, such as its last error.
    await settler.settle(id, lane.book.snapshot, noDelta).catch(() => undefined)
    if (settler !== together?.settler) settler.stop()
    pipeline.forget(lane)
    held = undefined
    await sink.release?.()
    await claim.release()
  }

  const hold = async () => {
    if (held !== undefined) return held
    const claim = await store.claim({ sink: id, sources: config.sources })
    if (claim === undefined) return undefined
    try {
      held = await open(claim)
      held.lane.gate.hold(pauses.reason(`sink ${id}`))
      return held
    } catch (error) {
      await claim.release()
      throw error
    }
  }

  const give = async () => {
    if (held === undefined) return
    giving ??= giveBack(held).finally(() => {
      giving = undefined
    })
    await giving
  }

  return {
    config,
    sink,
    held: () => held,
    overdue: tending.overdue,
    hold,
    give,
    async place(source) {
      if (!config.sources.includes(source)) return
      // On an embedded store, a held lane was already placed for every source when it was opened.
      if (together !== undefined && held !== undefined) return
      const isPlaced = async () => (await store.loadLane(id))?.cursors[source] !== undefined
      if (await isPlaced()) return
      if (held?.claim.signal.aborted) await give()
      const wasHeld = held !== undefined
      await hold()
      if (!wasHeld) await give()
      if (!(await isPlaced())) throw new Error(`the lane of ${id} has no place yet`)
    },
  }
}
