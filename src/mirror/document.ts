/**
 * A second copy of all positions: checkpoints, cursors and ledger totals, no events. A source's *position* is never ahead
 * of what the slowest lane has not delivered, so that resuming from it loses nothing.
 */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { OperationError } from '../errors.ts'
import { parseObject } from '../lib/json-text.ts'
import { wordJsonIssue } from '../lib/zod-issues.ts'
import { backfillCommand, isUnderWay, merged, readByBackfills } from '../spool/backfill-state.ts'
import type { LaneState } from '../spool/lane-state.ts'
import { lowWaterOf, oldestFrom } from '../spool/low-water.ts'
import { freshSource, type SourceState } from '../spool/source-state.ts'

export interface MirrorDocument {
  readonly version: 1
  /** RFC 3339. */
  readonly writtenAt: string
  /** Id of the state that it is a copy of. */
  readonly of?: string | undefined
  readonly sources: Readonly<Record<string, MirroredSource>>
  readonly sinks: Readonly<Record<string, MirroredLane>>
}

export type MirroredLane = Omit<LaneState, 'lastError'>

export interface MirroredSource {
  /** Second from which on everything is read again; absent before the first walk has ended. */
  readonly position?: number
  readonly state: SourceState
}

const second = z.number()
const range = { from: second, to: second }
const stretches = z.array(z.tuple([second, second]))

/** The members that anything is resumed from. */
const sourceState = z.looseObject({
  checkpoint: second.optional(),
  start: second.optional(),
  newest: second.optional(),
  mixedBefore: second.optional(),
  variant: z.string().optional(),
  origin: z.record(z.string(), z.string()).optional(),
  recovered: z.looseObject({ at: second, from: second }).optional(),
  retrospected: z.record(z.string(), second),
  gaps: z.array(z.looseObject({ second, reason: z.string() })),
  read: stretches.optional(),
  backfill: z
    .looseObject({
      ...range,
      parts: z.array(z.looseObject({ ...range, position: second })),
      sinks: z.record(z.string(), z.looseObject({})).optional(),
      endedAt: z.number().optional(),
    })
    .optional(),
})

const document = z.object({
  version: z.literal(1),
  writtenAt: z.string(),
  of: z.string().optional(),
  sources: z.record(z.string(), z.object({ position: second.optional(), state: sourceState })),
  sinks: z.record(z.string(), z.looseObject({ cursors: z.record(z.string(), z.looseObject({})) })),
})

/** `lanes`: of the sinks that take from this source, read before `state` was. */
export function mirrorSource(
  source: string,
  state: SourceState,
  lanes: readonly (LaneState | undefined)[],
): MirroredSource {
  if (state.checkpoint === undefined) return { state }
  const settled = Math.min(...lanes.map((lane) => lowWaterOf(lane, source)))
  return { position: Math.min(state.checkpoint, oldestFrom(settled, state.held)), state }
}

/**
 * What a source continues from when its state is gone. Its counts start from zero, as do those of its lanes. `lostAt`:
 * Unix seconds; undefined if its ledger is still there.
 */
export function recoveredState({ position, state }: MirroredSource, lostAt?: number): SourceState {
  const { start, variant, retrospected, gaps, newest, origin, mixedBefore } = state
  // Nothing is read from before `start`, though a backfill's events may wait from then.
  const from = position === undefined ? undefined : Math.max(position, start ?? position)
  const isLost = lostAt !== undefined && from !== undefined
  const recovered = isLost ? { at: lostAt, from } : state.recovered
  return {
    ...freshSource,
    retrospected,
    gaps,
    ...(start === undefined ? {} : { start }),
    ...(variant === undefined ? {} : { variant }),
    ...(newest === undefined ? {} : { newest }),
    ...(origin === undefined ? {} : { origin }),
    ...(mixedBefore === undefined ? {} : { mixedBefore }),
    ...(recovered === undefined ? {} : { recovered }),
    ...(from === undefined ? {} : { checkpoint: from }),
  }
}

/**
 * Commands that read again what backfills may not have brought to every sink: a resumed source reads nothing from before
 * its `start`, and continues no backfill.
 */
export function backfillsToRepeat(source: string, { position, state }: MirroredSource): string[] {
  const { start, backfill } = state
  const [oldest, newest] = [position ?? 0, start ?? 0]
  const waiting = readByBackfills(state).map(
    ([from, to]) => [Math.max(from, oldest), Math.min(to, newest)] as const,
  )
  const broken = isUnderWay(backfill) ? backfill : undefined
  const unread = broken && broken.sinks === undefined ? [[broken.from, broken.to] as const] : []
  const ranges = merged([...waiting.filter(([from, to]) => from < to), ...unread])
  return [
    ...ranges.map(([from, to]) => backfillCommand(source, { from, to })),
    ...(broken?.sinks ? [backfillCommand(source, broken, Object.keys(broken.sinks))] : []),
  ]
}

/** Two lines: the document as JSON, and its checksum. */
export function writeDocument(it: MirrorDocument): string {
  const text = JSON.stringify(it)
  return `${text}\nsha256 ${hash('sha256', text)}\n`
}

/** Throws OperationError for a text that is cut off, altered or not ours. */
export function readDocument(text: string, where: string): MirrorDocument {
  if (text !== '' && !/^\s*\{\s*"version"/.test(text)) {
    throw new OperationError(`${where} is damaged, or nothing that \`state export\` or a mirror wrote`)
  }
  const [body = '', checksum = '', ...rest] = text.split('\n')
  if (checksum !== `sha256 ${hash('sha256', body)}`) {
    throw new OperationError(`${where} is damaged: its checksum does not match`)
  }
  if (rest.join('') !== '') throw new OperationError(`${where} is damaged: something follows its checksum`)
  const parsed = document.safeParse(parseObject(body) ?? null, { error: wordJsonIssue })
  if (parsed.success) return parsed.data as unknown as MirrorDocument
  const faults = parsed.error.issues.slice(0, 3).map(({ path, message }) => [...path, message].join(': '))
  throw new OperationError(`${where} is no state that this version of auditferry wrote: ${faults.join('; ')}`)
}
