/** Writes imported events into the archive of a sink, beside its lane and through its rules. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Archive } from '../archive/archive.ts'
import type { Config, SinkConfig } from '../config/config.ts'
import type { BatchEvent, Sink } from '../connector.ts'
import { compileRules } from '../deliver/rules.ts'
import { messageOf, OperationError, UsageError } from '../errors.ts'
import { native } from '../formats/native.ts'
import { every, type Outcome } from '../outcome.ts'
import { enabledSink } from '../replay/takers.ts'
import type { ImportRequest, ImportResult, Refused } from './request.ts'

export interface ImportParts {
  readonly config: Pick<Config, 'sinks'>
  /** The open sink of that configuration. */
  sinkOf(config: SinkConfig): Pick<Sink, 'write' | 'archive'> | undefined
  readonly signal: AbortSignal
}

/** Waits between tries, together some seconds: whoever imports can simply ask again. */
const WAITS_MS = [100, 300, 1_000, 3_000]

/** Throws UsageError unless the sink keeps an archive, OperationError when that can't take anything now. */
export async function importSlice(
  it: ImportParts,
  { sink: id, events }: ImportRequest,
): Promise<ImportResult> {
  const config = enabledSink(it.config.sinks, id)
  const sink = it.sinkOf(config)
  if (sink?.archive === undefined) {
    throw new UsageError(`the sink ${id} keeps no archive; name a sink of \`type: archive\``)
  }
  const fresh = await unknownOf(events, sink.archive, it.signal)
  const rules = compileRules(config)
  const refused: Refused[] = []
  const kept = new Map<string, BatchEvent[]>()
  let filtered = 0
  for (const event of fresh.values()) {
    const { uid, timestamp, source, organization } = event
    const ruling = rules.apply(Buffer.from(native.encode(event)))
    if (ruling.kind === 'filtered') filtered++
    else if (ruling.kind === 'failed') refused.push({ uid, reason: ruling.reason })
    else {
      const origin = JSON.stringify([source, organization])
      const group = kept.get(origin) ?? []
      kept.set(origin, group)
      group.push({ uid, timestamp, payload: ruling.payload, event: ruling.event })
    }
  }
  let added = 0
  for (const [origin, group] of kept) {
    const [source, organization] = JSON.parse(origin)
    const write = writerOf(sink, source, organization, it.signal)
    for (let at = 0; at < group.length; at += config.batch.maxEvents) {
      const part = group.slice(at, at + config.batch.maxEvents)
      const failures = await writeAll(write, part, it.signal)
      refused.push(...failures)
      added += part.length - failures.length
    }
  }
  return { added, known: events.length - fresh.size, filtered, refused }
}

async function unknownOf(events: ImportRequest['events'], archive: Archive, signal: AbortSignal) {
  const byUid = new Map(events.map((event) => [event.uid, event]))
  const found = await Promise.all([...byUid.keys()].map((uid) => archive.find(uid, signal)))
  for (const event of found) if (event !== undefined) byUid.delete(event.uid)
  return byUid
}

type Write = (events: readonly BatchEvent[]) => Promise<readonly Outcome[]>

/** Answers what was refused for good. Throws OperationError when the archive does not take events now. */
async function writeAll(
  write: Write,
  events: readonly BatchEvent[],
  signal: AbortSignal,
  tries = 0,
): Promise<Refused[]> {
  const outcomes = await write(events)
  const refused: Refused[] = []
  const again: BatchEvent[] = []
  const tooMany: BatchEvent[] = []
  let reason = ''
  for (const [at, event] of events.entries()) {
    const outcome = outcomes[at] ?? { kind: 'retry', reason: 'no outcome' }
    if (outcome.kind === 'delivered') continue
    if (outcome.kind === 'pause') throw new OperationError(outcome.reason)
    reason = outcome.reason
    if (outcome.kind === 'retry') again.push(event)
    else if (outcome.kind === 'split' && events.length > 1) tooMany.push(event)
    else refused.push({ uid: event.uid, reason })
  }
  const half = Math.ceil(tooMany.length / 2)
  for (const part of [tooMany.slice(0, half), tooMany.slice(half)]) {
    if (part.length > 0) refused.push(...(await writeAll(write, part, signal, tries)))
  }
  if (again.length === 0) return refused
  const wait = WAITS_MS[tries]
  if (wait === undefined) throw new OperationError(reason)
  await sleep(wait, undefined, { signal })
  return [...refused, ...(await writeAll(write, again, signal, tries + 1))]
}

function writerOf(
  sink: Pick<Sink, 'write'>,
  source: string,
  organization: string,
  signal: AbortSignal,
): Write {
  return (events) => {
    const bytes = events.reduce((sum, { payload }) => sum + payload.length, 0)
    return sink
      .write({ source, organization, events, bytes }, signal)
      .catch((error: unknown) => every(events.length, { kind: 'retry', reason: messageOf(error) }))
  }
}
