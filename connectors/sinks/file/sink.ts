import type { Batch, Sink, SinkContext } from '../../../src/connector.ts'
import { canReadBack } from '../../../src/formats/read-back.ts'
import { withDeadline } from '../../../src/lib/deadline.ts'
import { createTurns } from '../../../src/lib/turns.ts'
import { every, type Outcome } from '../../../src/outcome.ts'
import { createOutput } from './client.ts'
import type { Config } from './config.ts'
import { encodeLines } from './encode.ts'
import { outcomeOfError, outcomeOfWaiting } from './failure.ts'
import { createLateWrites } from './late-writes.ts'
import { readFiles } from './read-back.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const output = createOutput(config, context)
  const { timeoutMs } = context.connection
  // Batches never interleave in the file.
  const inTurn = createTurns()
  const lateWrites = createLateWrites()

  const begin = (batch: Batch, signal: AbortSignal): Promise<Outcome> => {
    if (signal.aborted) return Promise.resolve(aborted)
    const appended = output.append((...place) => encodeLines(batch.events, context.format, ...place))
    return lateWrites.note(batch, appended, (error) => outcomeOfError(config.path, error))
  }

  return {
    async write(batch, signal) {
      const { length } = batch.events
      if (length === 0) return []
      if (signal.aborted) return every(length, aborted)
      const written = withDeadline(signal, timeoutMs, (limited) =>
        lateWrites.outcomeOf(batch, limited, () => inTurn(() => begin(batch, limited))),
      )
      const late = () => (signal.aborted ? aborted : outcomeOfWaiting(config.path, timeoutMs))
      return every(length, await written.catch(late))
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
