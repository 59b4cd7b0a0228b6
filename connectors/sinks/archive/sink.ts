import { ArchiveFailure } from '../../../src/archive/failure.ts'
import type { StoredArchive } from '../../../src/archive/stored-archive.ts'
import type { Batch, ReadBackRange, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { readNativeLine, type Stored } from '../../../src/formats/read-back.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { counted } from '../../../src/lib/counted.ts'
import { withDeadline } from '../../../src/lib/deadline.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'
import { openArchive } from './client.ts'
import type { Config } from './config.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const archive = openArchive(config, context)
  return {
    archive,
    write(batch, signal) {
      if (config.database === undefined) return write(archive, batch, signal)
      const { timeoutMs } = context.connection
      return withDeadline(signal, timeoutMs, (inTime) => write(archive, batch, inTime, signal))
    },
    async check(signal) {
      try {
        const { events } = await archive.extent(signal)
        await abortable(Promise.resolve(archive.mayAppend?.()), signal)
        return { ok: true, detail: `holds ${counted(events, 'event')}`, cure: '' }
      } catch (error) {
        const [detail = '', cure = ''] = messageOf(error).split('; ', 2)
        return { ok: false, detail, cure }
      }
    },
    readBack: (range, signal) => readBack(archive, range, signal),
    async tend(signal, readUpTo = async () => Number.POSITIVE_INFINITY) {
      if (config.retain === undefined) return
      const read = await readUpTo()
      // Dropping is final, and our clock alone doesn't justify it: it may be years ahead.
      if (read === undefined) return
      const present = Math.min(context.now(), read * 1000)
      const dropped = await archive.dropBefore(Math.floor((present - config.retain) / 1000), signal)
      if (dropped > 0) context.logger.info('the archive dropped old events', { events: dropped })
    },
    release: async () => archive.release?.(),
    close: () => archive.close(),
  }
}

async function write(
  archive: StoredArchive,
  { events }: Batch,
  signal: AbortSignal,
  given = signal,
): Promise<Outcome[]> {
  if (events.length === 0) return []
  if (signal.aborted) return every(events.length, aborted)
  try {
    const lines = events.map(({ uid, timestamp, payload }) => ({ uid, timestamp, line: payload }))
    const { refused } = await abortable(archive.append(lines, signal), signal)
    return events.map((_, index) => {
      const reason = refused.get(index)
      return reason === undefined ? delivered : { kind: 'rejected', reason }
    })
  } catch (error) {
    if (given.aborted) return every(events.length, aborted)
    const kind = error instanceof ArchiveFailure ? error.kind : 'retry'
    return every(events.length, { kind, reason: messageOf(error) })
  }
}

const aborted: Outcome = { kind: 'retry', reason: 'interrupted before the archive confirmed' }

async function* readBack(
  archive: StoredArchive,
  { from, to, organization }: ReadBackRange,
  signal: AbortSignal,
): AsyncGenerator<Stored> {
  for await (const events of archive.read({ organization, from, to }, signal)) {
    for (const { sequence, line } of events) {
      const place = `event ${sequence} of the archive`
      const stored = readNativeLine(Buffer.from(line).toString())
      yield stored === undefined ? place : { ...stored, place, isKeptOnce: true }
    }
  }
}
