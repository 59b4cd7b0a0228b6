/** Sinks that send a batch in several requests of some entries each, a few of them at once. */
import type { Batch, BatchEvent } from '../../connector.ts'
import { every, type Outcome } from '../../outcome.ts'

export interface EntryLimits {
  /** Entries and bytes of one request, and bytes of one entry, as the service counts them. */
  readonly entries: number
  readonly bytes: number
  readonly bytesOfOne: number
  /** Requests under way at once; 1 keeps the order. */
  readonly parallel: number
}

export interface Encoded<Entry> {
  readonly entry: Entry
  readonly bytes: number
}

interface EntryPlan<Entry> {
  readonly limits: EntryLimits
  encode(event: BatchEvent, batch: Batch): Encoded<Entry>
  /** One outcome per entry, in order. Throws if the request failed as a whole. */
  send(entries: readonly Entry[], signal: AbortSignal): Promise<readonly Outcome[]>
  /** What such a failure means for each of its entries. */
  judge(thrown: unknown): Outcome
}

/** One outcome per event, in order. After a request that failed as a whole, those not begun share its outcome. */
export async function writeEntries<Entry>(
  plan: EntryPlan<Entry>,
  batch: Batch,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const outcomes = every(batch.events.length, UNNAMED)
  const waiting = groups(plan, batch, (position, outcome) => {
    outcomes[position] = outcome
  })
  let failure: Outcome | undefined
  const send = async (entries: readonly Entry[]): Promise<readonly Outcome[]> => {
    try {
      return await plan.send(entries, signal)
    } catch (error) {
      const outcome = plan.judge(error)
      if (outcome.kind !== 'split' && outcome.kind !== 'rejected') failure ??= outcome
      return every(entries.length, outcome)
    }
  }
  const worker = async () => {
    for (const { entries, positions } of waiting) {
      const answers = failure === undefined ? await send(entries) : every(entries.length, failure)
      for (const [at, position] of positions.entries()) outcomes[position] = answers[at] ?? UNNAMED
    }
  }
  await Promise.all(Array.from({ length: plan.limits.parallel }, worker))
  return outcomes
}

/** An answer that does not name an entry proves nothing about it. */
export const UNNAMED: Outcome = { kind: 'retry', reason: 'the answer does not say what became of the event' }

interface Group<Entry> {
  readonly entries: Entry[]
  readonly positions: number[]
}

function* groups<Entry>(
  { limits, encode }: EntryPlan<Entry>,
  batch: Batch,
  settle: (position: number, outcome: Outcome) => void,
): Generator<Group<Entry>> {
  let group: Group<Entry> = { entries: [], positions: [] }
  let size = 0
  for (const [position, event] of batch.events.entries()) {
    const { entry, bytes } = encode(event, batch)
    if (bytes > Math.min(limits.bytesOfOne, limits.bytes)) {
      settle(position, tooLarge(bytes, limits))
      continue
    }
    if (group.entries.length === limits.entries || size + bytes > limits.bytes) {
      yield group
      group = { entries: [], positions: [] }
      size = 0
    }
    group.entries.push(entry)
    group.positions.push(position)
    size += bytes
  }
  if (group.entries.length > 0) yield group
}

function tooLarge(bytes: number, limits: EntryLimits): Outcome {
  const limit = Math.min(limits.bytesOfOne, limits.bytes)
  return {
    kind: 'rejected',
    reason: `the event is ${bytes} bytes long, and the service takes at most ${limit}`,
  }
}
