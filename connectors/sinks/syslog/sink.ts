import type { Sink, SinkContext } from '../../../src/connector.ts'
import { checkReceiver } from './check.ts'
import type { Config } from './config.ts'
import { createLine } from './line.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  return { ...createLine(config, context), check: (signal) => checkReceiver(config, context, signal) }
}
