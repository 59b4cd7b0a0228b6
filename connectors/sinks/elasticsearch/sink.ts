import type { Sink, SinkContext } from '../../../src/connector.ts'
import { outcomeOfAwsFailure } from '../../../src/lib/aws/refusal.ts'
import { outcomeOfFailure } from '../../../src/lib/http/outcome.ts'
import { createSpareWriters } from '../../../src/lib/spare-writers.ts'
import { every, type Outcome } from '../../../src/outcome.ts'
import { checkCluster, cureOfCredentials } from './check.ts'
import { createClient } from './client.ts'
import type { Config } from './config.ts'
import { createEncoder } from './encode.ts'
import { judge } from './verdict.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const client = createClient(config, context)
  const encode = createEncoder(config, context.format.name)
  const spare = createSpareWriters()

  const outcomeOfThrown = (thrown: unknown): Outcome =>
    config.auth?.type === 'sigv4'
      ? outcomeOfAwsFailure(thrown, config.auth, { retry: NONE, cure: cureOfCredentials }, context.now())
      : outcomeOfFailure(thrown, 'endpoint')

  return {
    async write({ events }, signal) {
      if (events.length === 0) return []
      try {
        const writer = spare.take()
        const answer = await client.bulk(encode(events, writer), signal)
        spare.giveBack(writer)
        return judge(answer, events.length, context.now())
      } catch (error) {
        return every(events.length, outcomeOfThrown(error))
      }
    },
    check: (signal) => checkCluster(client, config, signal),
    close: () => client.close(),
  }
}

const NONE: ReadonlySet<string> = new Set()
