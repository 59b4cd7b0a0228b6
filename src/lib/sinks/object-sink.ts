/** Sinks that write one object for each hour of a batch; an object's events share one outcome. */
import type { Batch, CheckResult, Preview, Sink, SinkContext, SinkLimits } from '../../connector.ts'
import type { LineFormat } from '../../formats/format.ts'
import { every, type Outcome } from '../../outcome.ts'
import type { HttpAnswer } from '../http/http.ts'
import { outcomeOfFailure, outcomeOfStatus } from '../http/outcome.ts'
import { compressPieces } from './compress-pieces.ts'
import {
  contentType,
  groupByHour,
  type HourGroup,
  type ObjectLayout,
  objectKey,
  pieces,
} from './hour-objects.ts'

export interface NewObject {
  readonly key: string
  readonly body: Uint8Array
  readonly contentType: string
}

interface ObjectSinkPlan {
  readonly layout: ObjectLayout
  /** Writes an object that does not exist yet. What it throws is judged as a request without an answer. */
  put(object: NewObject, signal: AbortSignal): Promise<Outcome>
  check(signal: AbortSignal): Promise<CheckResult>
  close(): Promise<void>
}

/** Large objects, but few, since stores bill each. They would take several GiB; ours are made in memory. */
export const OBJECT_LIMITS: SinkLimits = {
  defaults: {
    maxEvents: 50_000,
    maxBytes: 64 * 2 ** 20,
    maxAgeMs: 5 * 60_000,
    inFlight: 2,
    timeoutMs: 60_000,
  },
  maxBytes: 2 ** 30,
}

/** A batch of the live flow fills one or two hours; one of a backfill may fill hundreds. */
const PARALLEL_PUTS = 4

const UNPLACEABLE: Outcome = {
  kind: 'rejected',
  reason: 'the timestamp is outside the years 0000 to 9999: no key can hold it',
}

export function createObjectSink(
  { layout, put, check, close }: ObjectSinkPlan,
  { format }: Pick<SinkContext, 'format'>,
): Sink {
  const write = async (batch: Batch, group: HourGroup, signal: AbortSignal): Promise<Outcome> => {
    try {
      const body = await compressPieces(pieces(group, format), layout.compression, signal)
      const key = objectKey(batch, group, format, layout)
      return await put({ key, body, contentType: contentType(format, layout.compression) }, signal)
    } catch (error) {
      return outcomeOfFailure(error)
    }
  }
  return {
    write: (batch, signal) => writeHours(batch, (group) => write(batch, group, signal)),
    check,
    close,
  }
}

/** Writes an object for each hour, a few at once. One outcome per event, in order. */
export async function writeHours(
  batch: Batch,
  put: (group: HourGroup) => Promise<Outcome>,
): Promise<Outcome[]> {
  return writeGroups(batch, groupByHour(batch.events), put)
}

/** Writes an object for each group, a few at once. An event without a group is rejected: no key can hold its time. */
export async function writeGroups<Group extends Pick<HourGroup, 'positions'>>(
  batch: Batch,
  groups: Iterable<Group> | AsyncIterable<Group>,
  put: (group: Group) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes = every(batch.events.length, UNPLACEABLE)
  const waiting = oneByOne(groups)
  let failure: Outcome | undefined
  const worker = async () => {
    for await (const group of waiting) {
      // After a store refuses one object, those not begun are not tried: they share its outcome.
      const outcome = failure ?? (await put(group))
      if (outcome.kind !== 'delivered') failure ??= outcome
      for (const position of group.positions) outcomes[position] = outcome
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_PUTS }, worker))
  return outcomes
}

async function* oneByOne<Group>(groups: Iterable<Group> | AsyncIterable<Group>): AsyncGenerator<Group> {
  yield* groups
}

/** For an answer that is no success: an object is never refused for what its events say, so a 4xx needs a person. */
export function outcomeOfPut(answer: HttpAnswer, cure: string, now: number): Outcome {
  const outcome = outcomeOfStatus(answer, now)
  if (outcome.kind === 'delivered') {
    return { kind: 'retry', reason: `HTTP ${answer.status}, but not an answer of the store: check the proxy` }
  }
  if (outcome.kind !== 'pause' && (outcome.kind !== 'split' || answer.status === 413)) return outcome
  return { kind: 'pause', reason: cure === '' ? outcome.reason : `${outcome.reason}; ${cure}` }
}

/** The object that a batch of one event becomes, before compression; `place` is in front of its key. */
export function previewOfObject(
  place: string,
  layout: ObjectLayout,
  format: LineFormat,
  batch: Batch,
): Preview {
  const [group] = groupByHour(batch.events)
  if (group === undefined) {
    return { place: 'no object: the year of the event does not fit into a key', body: '' }
  }
  return {
    place: `${place}/${objectKey(batch, group, format, layout)}`,
    headers: { 'content-type': contentType(format, layout.compression), authorization: '[secret]' },
    body: Buffer.concat([...pieces(group, format)]).toString(),
  }
}
