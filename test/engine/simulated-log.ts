/** A newest-first log in memory, with the ways of an API: pages, inclusive or exclusive bounds, tokens, failures. */
import type { Answer, ReadRequest, RecordFields, Source } from '../../src/connector.ts'
import { SourceError } from '../../src/errors.ts'
import { answer } from './reader-script.ts'

export interface LogSwitches {
  readonly pageSize: number
  readonly inclusive: boolean
  readonly tokens: boolean
  /** Whether the lower bound limits the answer too, as in v2. */
  readonly lower?: boolean
}

export interface SimulatedLog {
  /** Tests may add to it, in any order. */
  readonly records: RecordFields[]
  requests: number
  /** The request after this many others fails. */
  failAfter: number
  /** How it fails: once, or so that a person must act. */
  fault: 'transient' | 'configuration'
  read(request: ReadRequest, serverTime?: number): Answer
}

export function createSimulatedLog(
  records: readonly RecordFields[],
  { pageSize, inclusive, tokens, lower = false }: LogSwitches = {
    pageSize: Number.POSITIVE_INFINITY,
    inclusive: false,
    tokens: false,
  },
): SimulatedLog {
  const log: SimulatedLog = {
    records: [...records],
    requests: 0,
    failAfter: Number.POSITIVE_INFINITY,
    fault: 'transient',
    read({ before, notBefore, token }, serverTime) {
      log.requests++
      if (log.failAfter-- <= 0) {
        log.failAfter = Number.POSITIVE_INFINITY
        throw new SourceError(log.fault, 'HTTP 503', { status: 503 })
      }
      const bound = inclusive ? before : before - 1
      const below = log.records
        .filter(({ timestamp }) => timestamp <= bound && !(lower && timestamp < notBefore))
        .sort((left, right) => right.timestamp - left.timestamp)
      const from = token === undefined ? 0 : Number(token)
      const page = below.slice(from, from + pageSize)
      const more = tokens && from + pageSize < below.length ? { token: String(from + pageSize) } : {}
      return answer(page, { ...more, ...(serverTime === undefined ? {} : { serverTime }) })
    },
  }
  return log
}

/** The log as a source whose server has our clock. */
export function simulatedSource(log: SimulatedLog, of: Pick<Source, 'organization' | 'origin'>): Source {
  return {
    ...of,
    read: async (request) => log.read(request, Math.floor(Date.now() / 1_000)),
    check: () => Promise.reject(new Error('not checked')),
    close: async () => {},
  }
}
