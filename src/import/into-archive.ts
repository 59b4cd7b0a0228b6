/** Writes imported events into a sink's archive, bypassing its lane but applying its rules: one transaction per slice. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ArchiveFailure } from '../archive/failure.ts'
import type { Appended, NewEvent } from '../archive/stored-archive.ts'
import type { Config, SinkConfig } from '../config/config.ts'
import type { Sink } from '../connector.ts'
import { compileRules } from '../deliver/rules.ts'
import { messageOf, OperationError, UsageError } from '../errors.ts'
import { abortable } from '../lib/abortable.ts'
import { enabledSink } from '../replay/takers.ts'
import type { ImportRequest, ImportResult, Refused } from './request.ts'

interface ImportParts {
  readonly config: Pick<Config, 'sinks'>
  /** The open sink of that configuration. */
  sinkOf(config: SinkConfig): Pick<Sink, 'archive'> | undefined
  readonly signal: AbortSignal
}

/** Waits between attempts, together some seconds: the caller can simply ask again. */
const WAITS_MS = [100, 300, 1_000, 3_000]

/** Throws UsageError unless the sink keeps an archive, OperationError when that can't take anything now. */
export async function importSlice(
  it: ImportParts,
  { sink: id, events }: ImportRequest,
): Promise<ImportResult> {
  const config = enabledSink(it.config.sinks, id)
  const archive = it.sinkOf(config)?.archive
  if (archive === undefined) {
    throw new UsageError(`the sink ${id} keeps no archive; name a sink of \`type: archive\``)
  }
  const rules = compileRules(config)
  const refused: Refused[] = []
  const kept: NewEvent[] = []
  let filtered = 0
  for (const { uid, timestamp, line } of events) {
    const ruling = rules.apply(line)
    if (ruling.kind === 'filtered') filtered++
    else if (ruling.kind === 'failed') refused.push({ uid, reason: ruling.reason })
    else kept.push({ uid, timestamp, line: ruling.payload })
  }
  if (kept.length === 0) return { added: 0, known: 0, filtered, refused }
  const appended = await appendSoon((lines) => archive.append(lines), kept, it.signal)
  for (const [at, reason] of appended.refused) refused.push({ uid: kept[at]?.uid ?? '', reason })
  const { added } = appended
  return { added, known: kept.length - added - appended.refused.size, filtered, refused }
}

/** Throws OperationError when the archive does not take events now. */
async function appendSoon(
  append: (events: readonly NewEvent[]) => Promise<Appended>,
  events: readonly NewEvent[],
  signal: AbortSignal,
): Promise<Appended> {
  for (let tries = 0; ; tries++) {
    try {
      return await abortable(append(events), signal)
    } catch (error) {
      signal.throwIfAborted()
      const wait = error instanceof ArchiveFailure && error.kind === 'pause' ? undefined : WAITS_MS[tries]
      if (wait === undefined) throw new OperationError(messageOf(error))
      await sleep(wait, undefined, { signal })
    }
  }
}
