import type { Batch, Sink, SinkContext } from '../../../src/connector.ts'
import { canReadBack } from '../../../src/formats/read-back.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { createTurns } from '../../../src/lib/turns.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'
import { createOutput } from './client.ts'
import type { Config } from './config.ts'
import { encodeLines } from './encode.ts'
import { outcomeOfError } from './failure.ts'
import { readFiles } from './read-back.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const output = createOutput(config, context)
  // Batches never interleave in the file.
  const inTurn = createTurns()

  async function append(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) return aborted
    try {
      await output.append((...place) => encodeLines(batch.events, context.format, ...place))
      return delivered
    } catch (error) {
      return outcomeOfError(config.path, error)
    }
  }

  return {
    async write(batch, signal) {
      if (batch.events.length === 0) return []
      if (signal.aborted) return every(batch.events.length, aborted)
      // A write to a dead disk or to a pipe that nobody reads can't be called back, only not be waited for.
      const written = abortable(
        inTurn(() => append(batch, signal)),
        signal,
      )
      return every(batch.events.length, await written.catch(() => aborted))
    },
    check: () => output.check(),
    readBack: (_, signal) =>
      config.path !== '-' && canReadBack(context.format.name)
        ? readFiles(config, context, signal)
        : undefined,
    reopen: () => inTurn(() => output.reopen()),
    close: () => (config.path === '-' ? output.close() : inTurn(() => output.close())),
  }
}

const aborted: Outcome = { kind: 'retry', reason: 'interrupted before the write was confirmed' }
