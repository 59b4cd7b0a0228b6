/** Sends records and finds each one's outcome, partition by partition: what one answers is no word about another. */
import { delivered, every, type Outcome } from '../../../src/outcome.ts'
import type { Session } from './client.ts'
import type { Config } from './config.ts'
import { BATCH_OVERHEAD, type ProducedRecord, sizeOf } from './encode.ts'
import {
  outcomeOfFailure,
  outcomesOfPartition,
  type PartitionAnswer,
  partsOf,
  UNANSWERED,
} from './verdict.ts'

export interface Produced {
  /** One a record, in order. */
  readonly outcomes: readonly Outcome[]
  /** Whether the producer may go on: all that went wrong is the records' own fault. */
  readonly sound: boolean
}

export async function produce(
  session: Session,
  config: Pick<Config, 'compression' | 'max_message_bytes'>,
  records: readonly ProducedRecord[],
): Promise<Produced> {
  const outcomes = every(records.length, UNANSWERED)
  const most = config.max_message_bytes
  const fits = (bytes: number) => BATCH_OVERHEAD + bytes <= most
  const places = new Map<number, Place>()
  let sum = 0
  for (const [position, record] of records.entries()) {
    const bytes = sizeOf(record)
    if (!fits(bytes)) {
      outcomes[position] = { kind: 'rejected', reason: `a record of ${bytes} bytes, of ${most} at most` }
      continue
    }
    sum += bytes
    addTo(places, record, position)
  }
  const sent = [...places.values()].flatMap((place) => place.records)
  if (sent.length === 0) return { outcomes, sound: true }
  if (!fits(sum)) {
    const split: Outcome = { kind: 'split', reason: `records of ${sum} bytes, of ${most} at most` }
    return { outcomes: outcomes.map((it) => (it === UNANSWERED ? split : it)), sound: true }
  }
  const answers = await send(session, sent, config.compression)
  for (const [partition, { positions }] of places) {
    const found = answers.of(partition, positions.length)
    for (const [index, at] of positions.entries()) outcomes[at] = found[index] ?? UNANSWERED
  }
  return { outcomes, sound: outcomes.every((it) => it.kind !== 'retry' && it.kind !== 'pause') }
}

/** What goes to one partition. */
interface Place {
  readonly records: ProducedRecord[]
  /** Of the records in the batch. */
  readonly positions: number[]
}

function addTo(places: Map<number, Place>, record: ProducedRecord, position: number): void {
  const place = places.get(record.partition) ?? { records: [], positions: [] }
  places.set(record.partition, place)
  place.records.push(record)
  place.positions.push(position)
}

interface Answers {
  of(partition: number, count: number): readonly Outcome[]
}

async function send(
  { kafka, producer, explain }: Session,
  messages: ProducedRecord[],
  compression: Config['compression'],
): Promise<Answers> {
  try {
    const { offsets = [] } = await producer.send({ messages, compression, acks: kafka.ProduceAcks.ALL })
    const taken = new Set(offsets.map(({ partition }) => partition))
    return { of: (partition, count) => every(count, taken.has(partition) ? delivered : UNANSWERED) }
  } catch (error) {
    const answers = new Map<number, PartitionAnswer>()
    for (const part of partsOf(error)) for (const it of answersIn(part)) answers.set(it.index, it)
    const failure = outcomeOfFailure(explain(error))
    return {
      of(partition, count) {
        const answer = answers.get(partition)
        return answer === undefined
          ? every(count, failure)
          : outcomesOfPartition(answer, count, (code) => kafka.protocolErrorsCodesById[code as never])
      },
    }
  }
}

/** The package throws answers that hold an error, and hangs those of other brokers onto what it throws. */
function answersIn(part: Error): PartitionAnswer[] {
  const { response, produced } = part as {
    response?: { responses?: readonly { partitionResponses?: readonly PartitionAnswer[] }[] }
    produced?: { offsets?: readonly { partition: number }[] }
  }
  const taken = produced?.offsets?.map(({ partition }) => ({ index: partition, errorCode: 0 })) ?? []
  return [...taken, ...(response?.responses?.flatMap((it) => it.partitionResponses ?? []) ?? [])]
}
