import type { Sink, SinkContext } from '../../../src/connector.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'
import { checkReceiver } from './check.ts'
import type { Config } from './config.ts'
import { createEncoder } from './encode.ts'
import { createLine, interrupted } from './line.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const encode = createEncoder(config, context.format)
  const line = createLine(config, context)
  return {
    async write({ events }, signal) {
      if (signal.aborted) return every(events.length, interrupted)
      const { bytes, refused } = encode(events)
      const sent = bytes.length === 0 ? delivered : await line.deliver(bytes, signal)
      return events.map((_, index): Outcome => {
        const reason = refused.get(index)
        return reason === undefined ? sent : { kind: 'rejected', reason }
      })
    },
    check: (signal) => checkReceiver(config, context, signal),
    close: () => line.close(),
  }
}
