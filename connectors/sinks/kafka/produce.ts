/** Sends records and finds each one's outcome, partition by partition: what one answers is no word about another. */
import { UNNAMED } from '../../../src/lib/entry-requests.ts'
import { every, type Outcome } from '../../../src/outcome.ts'
import type { Session } from './client.ts'
import type { Config } from './config.ts'
import { BATCH_OVERHEAD, type ProducedRecord, sizeOf } from './encode.ts'
import {
  type Failure,
  outcomeOfFailure,
  outcomesOfPartition,
  type PartitionAnswer,
  partsOf,
} from './verdict.ts'

export interface Produced {
  /** One a record, in order. */
  readonly outcomes: readonly Outcome[]
  /** Whether the producer may go on: all that went wrong is the records' own fault. */
  readonly sound: boolean
}

export async function produce(
  session: Session,
  { compression, max_message_bytes: most }: Pick<Config, 'compression' | 'max_message_bytes'>,
  records: readonly ProducedRecord[],
): Promise<Produced> {
  const sizes = records.map(sizeOf)
  const fits = (bytes: number) => BATCH_OVERHEAD + bytes <= most
  const outcomes = sizes.map((bytes): Outcome => {
    const reason = `a record of ${bytes} bytes, of ${most} at most`
    return fits(bytes) ? UNNAMED : { kind: 'rejected', reason }
  })
  const fitting = [...records.entries()].filter(([at]) => outcomes[at] === UNNAMED)
  const sum = fitting.reduce((bytes, [at]) => bytes + (sizes[at] ?? 0), 0)
  if (fitting.length === 0) return { outcomes, sound: true }
  if (!fits(sum)) {
    const split: Outcome = { kind: 'split', reason: `records of ${sum} bytes, of ${most} at most` }
    return { outcomes: outcomes.map((it) => (it === UNNAMED ? split : it)), sound: true }
  }
  const answerOf = await send(
    session,
    fitting.map(([, record]) => record),
    compression,
  )
  for (const [partition, sent] of Map.groupBy(fitting, ([, record]) => record.partition)) {
    const found = answerOf(partition, sent.length)
    for (const [index, [at]] of sent.entries()) outcomes[at] = found[index] ?? UNNAMED
  }
  return { outcomes, sound: outcomes.every((it) => it.kind !== 'retry' && it.kind !== 'pause') }
}

type AnswerOf = (partition: number, count: number) => readonly Outcome[]

async function send(
  { kafka, producer, explain }: Session,
  messages: ProducedRecord[],
  compression: Config['compression'],
): Promise<AnswerOf> {
  const answers = new Map<number, PartitionAnswer>()
  let other = UNNAMED
  try {
    const produced = await producer.send({ messages, compression, acks: kafka.ProduceAcks.ALL })
    for (const it of answersIn({ produced })) answers.set(it.index, it)
  } catch (error) {
    for (const part of partsOf(error)) for (const it of answersIn(part)) answers.set(it.index, it)
    other = outcomeOfFailure(explain(error))
  }
  const nameOf = (code: number) => kafka.protocolErrorsCodesById[code as never]
  return (partition, count) => {
    const answer = answers.get(partition)
    return answer === undefined ? every(count, other) : outcomesOfPartition(answer, count, nameOf)
  }
}

/** The package throws answers that hold an error, and hangs those of other brokers onto what it throws. */
function answersIn({ response, produced }: Pick<Failure, 'response' | 'produced'>): PartitionAnswer[] {
  const taken = produced?.offsets?.map(({ partition }) => ({ index: partition, errorCode: 0 })) ?? []
  return [...taken, ...(response?.responses?.flatMap((it) => it.partitionResponses ?? []) ?? [])]
}
