/** The source: reads the trail from the state, page by page, newest first. */
import type { ConnectorContext, ReadTrail, Source, SourceRecord } from '../../../src/connector.ts'
import { SourceError } from '../../../src/errors.ts'
import type { Config } from './config.ts'
import { recordOf } from './normalise.ts'

const PAGE = 500

export function createSource({ organization }: Config, { trail, now }: ConnectorContext): Source {
  return {
    organization,
    async read({ before, notBefore }, signal) {
      if (trail === undefined) throw new SourceError('configuration', 'the trail is read by the engine alone')
      const [newest] = await trail({ limit: 1 })
      // If the clock was ahead, entries have times still to come, and those after them are even later.
      const at = Math.max(now(), newest?.at ?? 0)
      return {
        serverTime: Math.floor(at / 1000),
        variant: 'trail',
        records: recordsOf(trail, before, notBefore, signal),
        token: () => undefined,
        bytesRead: () => 0,
      }
    },
    check: async () => ({ ok: true, detail: 'the trail lies in the state of the engine', cure: '' }),
    close: async () => {},
  }
}

/** Reads down to the first entry older than needed: it shows that nothing before it is missing. */
async function* recordsOf(
  trail: ReadTrail,
  before: number,
  notBefore: number,
  signal: AbortSignal,
): AsyncGenerator<readonly SourceRecord[]> {
  for (let bound = before * 1000; ; ) {
    signal.throwIfAborted()
    const entries = await trail({ before: bound, limit: PAGE })
    const last = entries.at(-1)
    if (last === undefined) return
    yield entries.map(recordOf)
    if (entries.length < PAGE || last.at < notBefore * 1000) return
    bound = last.at
  }
}
