import type { Batch, Sink, SinkContext } from '../../../src/connector.ts'
import { canReadBack } from '../../../src/formats/read-back.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { withDeadline } from '../../../src/lib/deadline.ts'
import { createTurns } from '../../../src/lib/turns.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'
import { createAppendFile } from './append-file.ts'
import type { Config } from './config.ts'
import { encodeLines } from './encode.ts'
import { outcomeOfError, outcomeOfWaiting } from './failure.ts'
import { readFiles } from './read-back.ts'
import { createStdout } from './stdout.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const output = config.path === '-' ? createStdout() : createAppendFile(config, context)
  const { timeoutMs } = context.connection
  // Batches never interleave in the file.
  const inTurn = createTurns()
  /**
   * Writes that have begun and whose outcome has not been reported yet, by batch. A write to a dead disk, or to a pipe that
   * nobody reads, can't be cancelled, only abandoned, and may still succeed later: the same batch, which the engine brings
   * again, then gets that outcome instead of being written twice.
   */
  const begun = new Map<string, Promise<Outcome>>()

  const begin = async (batch: Batch, key: string, signal: AbortSignal): Promise<Outcome> => {
    if (signal.aborted) return aborted
    const outcome = output
      .append((...place) => encodeLines(batch.events, context.format, ...place))
      .then(() => delivered)
      .catch((error: unknown) => {
        // What was not written is written again.
        begun.delete(key)
        return outcomeOfError(config.path, error)
      })
    begun.set(key, outcome)
    return outcome
  }

  return {
    async write(batch, signal) {
      const { length } = batch.events
      if (length === 0) return []
      const key = batch.events.map(({ uid }) => uid).join()
      const written = withDeadline(signal, timeoutMs, (limited) =>
        abortable(begun.get(key) ?? inTurn(() => begin(batch, key, limited)), limited),
      )
      try {
        const outcome = await written
        begun.delete(key)
        return every(length, outcome)
      } catch {
        return every(length, signal.aborted ? aborted : outcomeOfWaiting(config.path, timeoutMs))
      }
    },
    check: () => output.check(),
    readBack: (_, signal) =>
      config.path !== '-' && canReadBack(context.format.name)
        ? readFiles(config, context, signal)
        : undefined,
    reopen: async () => output.reopen && inTurn(output.reopen),
    close: async () => output.close && inTurn(output.close),
  }
}

const aborted: Outcome = { kind: 'retry', reason: 'interrupted before the write was confirmed' }
