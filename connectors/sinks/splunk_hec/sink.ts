import { randomUUID } from 'node:crypto'
import type { Batch, Sink, SinkContext } from '../../../src/connector.ts'
import { outcomeOfFailure } from '../../../src/lib/http/outcome.ts'
import { createSpareWriters } from '../../../src/lib/spare-writers.ts'
import { every, type Outcome } from '../../../src/outcome.ts'
import { awaitAcknowledgement, outcomeOfAck } from './acknowledgement.ts'
import { checkCollector } from './check.ts'
import { cookieOf, createClient } from './client.ts'
import type { Config } from './config.ts'
import { createEncoder } from './encode.ts'
import { judge } from './verdict.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const client = createClient(config, context)
  const encode = createEncoder(config, context.format.contentType)
  const spare = createSpareWriters()
  const logCapacity = capacityLog(context)
  /** Whether the last acknowledgement failed in a way that an operator must mend. */
  let acksRefused = false

  async function write(batch: Batch, signal: AbortSignal): Promise<readonly Outcome[]> {
    const channel = config.acknowledgements ? randomUUID() : ''
    // A paused lane probes again and again; asking first spares Splunk a copy of the batch at each probe.
    if (channel !== '' && acksRefused) {
      const outcome = await tryAcks(channel, signal)
      if (outcome.kind === 'pause') return every(batch.events.length, outcome)
    }
    const writer = spare.take()
    const body = encode(batch.events, writer)
    const sent = { events: batch.events.length, bytes: body.length }
    const answer = await client.sendEvents(body, channel, signal)
    spare.giveBack(writer)
    const { outcomes, ackId, nearCapacity } = judge(answer, sent, context.now())
    logCapacity(nearCapacity)
    if (channel === '' || !outcomes.some(isDelivered)) return outcomes

    const cookie = cookieOf(answer.headers)
    const proven =
      ackId === undefined
        ? withoutAckId(outcomes)
        : await awaitAcknowledgement({
            ackId,
            ask: () => client.askAck({ ackId, channel, cookie }, signal),
            pollEveryMs: config.ack_poll_every,
            timeoutMs: config.ack_timeout,
            now: context.now,
            signal,
          })
    acksRefused = proven.kind === 'pause'
    return outcomes.map((outcome) => (isDelivered(outcome) ? proven : outcome))
  }

  async function tryAcks(channel: string, signal: AbortSignal): Promise<Outcome> {
    return outcomeOfAck(await client.askAck({ ackId: 0, channel, cookie: '' }, signal), 0, context.now())
  }

  return {
    async write(batch, signal) {
      if (batch.events.length === 0) return []
      try {
        return await write(batch, signal)
      } catch (error) {
        return every(batch.events.length, outcomeOfFailure(error, 'endpoint'))
      }
    },
    check: (signal) => checkCollector(client, config.acknowledgements, signal),
    close: () => client.close(),
  }
}

const isDelivered = ({ kind }: Outcome) => kind === 'delivered'

/**
 * Accepted, but there is nothing to ask for. If all events were, the token has no acknowledgement. If one was
 * refused, those before it go out again, with the same uids, and are acknowledged then.
 */
function withoutAckId(outcomes: readonly Outcome[]): Outcome {
  return outcomes.every(isDelivered)
    ? {
        kind: 'pause',
        reason:
          'accepted, but without an ackId: enable indexer acknowledgement for the token, or set `acknowledgements: false`',
      }
    : { kind: 'retry', reason: 'accepted before a refused event, but not acknowledged', afterMs: 0 }
}

/** HEC repeats its warning in every answer, or one of several indexers does. It is over after a minute without it. */
function capacityLog({ logger, now }: SinkContext): (near: boolean) => void {
  let overAt = 0
  return (near) => {
    const isOver = !near && overAt > 0 && now() >= overAt
    if (near && overAt === 0) logger.warn('Splunk is near its capacity: if this lasts, lower in_flight')
    if (isOver) logger.info('Splunk is no longer near its capacity')
    if (near || isOver) overAt = near ? now() + 60_000 : 0
  }
}
