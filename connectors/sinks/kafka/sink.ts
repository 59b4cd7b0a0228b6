import type { Batch, Sink, SinkContext } from '../../../src/connector.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { withDeadline } from '../../../src/lib/deadline.ts'
import { UNNAMED } from '../../../src/lib/entry-requests.ts'
import { maskedOutcome } from '../../../src/lib/http-poster.ts'
import { createTurns } from '../../../src/lib/turns.ts'
import { every, type Outcome } from '../../../src/outcome.ts'
import { checkCluster } from './check.ts'
import { createClient, type Session } from './client.ts'
import { type Config, secretsOf } from './config.ts'
import { createEncoder, type ProducedRecord } from './encode.ts'
import { produce } from './produce.ts'
import { outcomeOfFailure } from './verdict.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const client = createClient(config, context)
  // Two batches at once could change places when the first is refused.
  const inTurn = createTurns()
  const secrets = secretsOf(config.sasl)
  let usedAt = context.now()

  const send = async (batch: Batch, signal: AbortSignal): Promise<readonly Outcome[]> => {
    signal.throwIfAborted()
    if (context.now() - usedAt > IDLE_MS) await client.discard()
    const { outcomes, sound } = await client.use(async (session) => {
      const records = await encode(session, batch)
      signal.throwIfAborted()
      return produce(session, config, records)
    }, signal)
    if (!sound) await client.discard()
    usedAt = context.now()
    return outcomes
  }

  const encode = async ({ kafka, producer }: Session, batch: Batch): Promise<ProducedRecord[]> => {
    const { topics } = await producer.metadata({ topics: [config.topic] })
    const partitions = topics.get(config.topic)?.partitionsCount ?? 0
    if (partitions === 0) throw new Error('the brokers name no partition of the topic')
    // Few keys are many events' own, and the package's hash takes as long as all else of a record.
    const hash = (key: string) => kafka.murmur2(key, true)
    return createEncoder(config, { format: context.format.name, partitions, hash })(batch)
  }

  return {
    async write(batch, signal) {
      const { length } = batch.events
      if (length === 0) return []
      if (context.connection.proxy !== undefined) return every(length, NO_PROXY)
      const sent = withDeadline(signal, context.connection.timeoutMs, (limited) =>
        abortable(
          inTurn(() => send(batch, limited)),
          limited,
        ),
      )
      const outcomes = await sent.catch((error: unknown) =>
        every(length, signal.aborted ? INTERRUPTED : outcomeOfFailure(error)),
      )
      return Array.from({ length }, (_, at) => maskedOutcome(outcomes[at] ?? UNNAMED, secrets))
    },
    check: (signal) => checkCluster(config, context, signal),
    close: () => client.close(),
  }
}

/** Azure forgets a connection that was idle for 240 s, and tells nobody. */
const IDLE_MS = 180_000

const NO_PROXY: Outcome = { kind: 'pause', reason: 'Kafka knows no proxy: leave `proxy` out' }
const INTERRUPTED: Outcome = { kind: 'retry', reason: 'interrupted before the brokers had answered' }
