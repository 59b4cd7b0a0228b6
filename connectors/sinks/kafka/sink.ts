import type { Batch, Sink, SinkContext } from '../../../src/connector.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { withDeadline } from '../../../src/lib/deadline.ts'
import { maskedOutcome } from '../../../src/lib/http/poster.ts'
import { createTurns } from '../../../src/lib/turns.ts'
import { every, type Outcome } from '../../../src/outcome.ts'
import { checkCluster, cureOfPort } from './check.ts'
import { createClient, type Session } from './client.ts'
import { type Config, secretsOf } from './config.ts'
import { createEncoder, type ProducedRecord } from './encode.ts'
import { outcomeOfFailure } from './failure.ts'
import { produce } from './produce.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const client = createClient(config, context)
  // Two batches at once could swap places if the first is refused.
  const inTurn = createTurns()
  const secrets = secretsOf(config.sasl)

  const send = async (batch: Batch, signal: AbortSignal): Promise<readonly Outcome[]> => {
    signal.throwIfAborted()
    const outcomes = await client.use(async (session) => {
      const records = await encode(session, batch)
      signal.throwIfAborted()
      return produce(session, config, records)
    }, signal)
    // The producer may stay if only the records themselves were at fault.
    if (outcomes.some(({ kind }) => kind === 'retry' || kind === 'pause')) await client.discard()
    return outcomes
  }

  const encode = async ({ kafka, producer }: Session, batch: Batch): Promise<ProducedRecord[]> => {
    const { topics } = await producer.metadata({ topics: [config.topic] })
    const partitions = topics.get(config.topic)?.partitionsCount ?? 0
    if (partitions === 0) throw new Error('the brokers name no partition of the topic')
    // Many events share few keys, and the package's hash takes as long as the rest of a record.
    const hash = (key: string) => kafka.murmur2(key, true)
    return createEncoder(config, { format: context.format.name, partitions, hash })(batch)
  }

  return {
    async write(batch, signal) {
      const { length } = batch.events
      if (length === 0) return []
      const sent = withDeadline(signal, context.connection.timeoutMs, (limited) =>
        abortable(
          inTurn(() => send(batch, limited)),
          limited,
        ),
      )
      const outcomes = await sent.catch((error: unknown) =>
        every(length, signal.aborted ? INTERRUPTED : outcomeOfFailure(error)),
      )
      return outcomes.map((it) => maskedOutcome(hinted(it, config), secrets))
    },
    check: (signal) => checkCluster(config, context, signal),
    close: () => client.close(),
  }
}

/** A broker that restarts closes its connections, too. */
function hinted(it: Outcome, config: Config): Outcome {
  if (it.kind !== 'retry' || !/ECONNRESET|[Cc]onnection closed/.test(it.reason)) return it
  return { ...it, reason: `${it.reason}; if it stays so, ${cureOfPort(it.reason, config)}` }
}

const INTERRUPTED: Outcome = { kind: 'retry', reason: 'interrupted before the brokers had answered' }
