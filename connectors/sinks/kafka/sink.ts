import type { Batch, Sink, SinkContext } from '../../../src/connector.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { maskedOutcome } from '../../../src/lib/http-poster.ts'
import { createTurns } from '../../../src/lib/turns.ts'
import { every, type Outcome } from '../../../src/outcome.ts'
import { checkCluster } from './check.ts'
import { createClient, type Session } from './client.ts'
import { type Config, secretsOf } from './config.ts'
import { createEncoder, type ProducedRecord } from './encode.ts'
import { produce } from './produce.ts'
import { outcomeOfFailure, UNANSWERED } from './verdict.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const client = createClient(config, context)
  // Two batches at once could change places when the first is refused.
  const inTurn = createTurns()
  const secrets = secretsOf(config.sasl)
  let usedAt = context.now()

  const send = async (batch: Batch, signal: AbortSignal): Promise<readonly Outcome[]> => {
    signal.throwIfAborted()
    if (context.now() - usedAt > IDLE_MS) await client.discard()
    const session = await client.session()
    try {
      const records = await abortable(encode(session, batch), signal)
      const { outcomes, sound } = await abortable(produce(session, config, records), signal)
      if (!sound) await client.discard()
      usedAt = context.now()
      return outcomes
    } catch (error) {
      await client.discard()
      throw session.explain(error)
    }
  }

  const encode = async ({ kafka, producer }: Session, batch: Batch): Promise<ProducedRecord[]> => {
    const { topics } = await producer.metadata({ topics: [config.topic] })
    const partitions = topics.get(config.topic)?.partitionsCount ?? 0
    if (partitions === 0) throw new Error('the brokers name no partition of the topic')
    const target = { format: context.format.name, partitions, hash: (key: Buffer) => kafka.murmur2(key) }
    return createEncoder(config, target)(batch)
  }

  return {
    async write(batch, signal) {
      const { length } = batch.events
      if (length === 0) return []
      if (context.connection.proxy !== undefined) return every(length, NO_PROXY)
      const late = AbortSignal.timeout(context.connection.timeoutMs)
      const all = AbortSignal.any([signal, late])
      const sent = inTurn(() => send(batch, all))
      const outcomes = await abortable(sent, all).catch((error: unknown) => {
        const outcome = late.aborted && !signal.aborted ? TOO_LATE : outcomeOfFailure(error)
        return every(length, signal.aborted ? INTERRUPTED : outcome)
      })
      return Array.from({ length }, (_, at) => maskedOutcome(outcomes[at] ?? UNANSWERED, secrets))
    },
    check: (signal) => checkCluster(config, context, signal),
    close: () => client.close(),
  }
}

/** Azure forgets a connection that was idle for 240 s, and tells nobody. */
const IDLE_MS = 180_000

const NO_PROXY: Outcome = { kind: 'pause', reason: 'Kafka knows no proxy: leave `proxy` out' }
const TOO_LATE: Outcome = { kind: 'retry', reason: 'no answer in time' }
const INTERRUPTED: Outcome = { kind: 'retry', reason: 'interrupted before the brokers had answered' }
