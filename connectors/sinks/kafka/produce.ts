/** Sends records and finds each one's outcome, partition by partition: one partition's answer says nothing about another. */
import { errorsIn } from '../../../src/errors.ts'
import { UNNAMED } from '../../../src/lib/sinks/entry-requests.ts'
import { every, type Outcome } from '../../../src/outcome.ts'
import type { Session } from './client.ts'
import type { Config } from './config.ts'
import { BATCH_OVERHEAD, type ProducedRecord, sizeOf } from './encode.ts'
import { type Failure, outcomeOfFailure } from './failure.ts'
import { outcomesOfPartition, type PartitionAnswer } from './verdict.ts'

/** One outcome per record, in order. */
export async function produce(
  session: Session,
  { compression, max_message_bytes: most }: Pick<Config, 'compression' | 'max_message_bytes'>,
  records: readonly ProducedRecord[],
): Promise<readonly Outcome[]> {
  const measured = records.map((record, at) => ({ record, at, bytes: sizeOf(record) }))
  const fits = ({ bytes }: { readonly bytes: number }) => BATCH_OVERHEAD + bytes <= most
  const outcomes = measured.map((it): Outcome => {
    const reason = `a record of ${it.bytes} bytes, of ${most} at most`
    return fits(it) ? UNNAMED : { kind: 'rejected', reason }
  })
  const fitting = measured.filter(fits)
  if (fitting.length === 0) return outcomes
  const bytes = fitting.reduce((sum, it) => sum + it.bytes, 0)
  const split: Outcome = { kind: 'split', reason: `records of ${bytes} bytes, of ${most} at most` }
  const messages = fitting.map(({ record }) => record)
  const outcomesOf: OutcomesOf = fits({ bytes })
    ? await send(session, messages, compression)
    : (_, count) => every(count, split)
  for (const [partition, sent] of Map.groupBy(fitting, ({ record }) => record.partition)) {
    const found = outcomesOf(partition, sent.length)
    for (const [index, { at }] of sent.entries()) outcomes[at] = found[index] ?? UNNAMED
  }
  return outcomes
}

type OutcomesOf = (partition: number, count: number) => readonly Outcome[]

async function send(
  { kafka, producer, explain }: Session,
  messages: ProducedRecord[],
  compression: Config['compression'],
): Promise<OutcomesOf> {
  const { told, other } = await producer.send({ messages, compression, acks: kafka.ProduceAcks.ALL }).then(
    (produced) => ({ told: [{ produced }], other: UNNAMED }),
    (error: unknown) => ({ told: [...errorsIn(error)], other: outcomeOfFailure(explain(error)) }),
  )
  const answers = new Map(told.flatMap(answersIn).map((it) => [it.index, it]))
  const nameOf = (code: number) => kafka.protocolErrorsCodesById[code as never]
  return (partition, count) => {
    const answer = answers.get(partition)
    return answer === undefined ? every(count, other) : outcomesOfPartition(answer, count, nameOf)
  }
}

/** The package throws answers that hold an error, and attaches those of other brokers to what it throws. */
function answersIn({ response, produced }: Pick<Failure, 'response' | 'produced'>): PartitionAnswer[] {
  const taken = produced?.offsets?.map(({ partition }) => ({ index: partition, errorCode: 0 })) ?? []
  return [...taken, ...(response?.responses?.flatMap((it) => it.partitionResponses ?? []) ?? [])]
}
