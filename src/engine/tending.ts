/** What falls due at a sink by time, such as a manifest or retention: done by the process that holds the sink's lane. */
import type { Sink } from '../connector.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Metrics } from '../ops/metrics.ts'
import { runRepeatedly } from '../schedule/timers.ts'

interface Tending {
  /** Has the sink do what is due, now and every minute, until it is stopped or `signal` is aborted. */
  start(signal: AbortSignal): TendedWhileHeld
  /** Why what fell due is not done yet. Undefined when nothing is overdue. */
  overdue(): string | undefined
}

interface TendedWhileHeld {
  /** Whether what was due at the start is done, or has failed, or hangs. */
  hasTended(): boolean
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>
}

interface TendingParts {
  readonly id: string
  readonly sink: Pick<Sink, 'tend'>
  /** How long one request may last, milliseconds. */
  readonly timeoutMs: number
  readonly metrics: Metrics
  readonly logger: Logger
  /** The second up to which every source of the sink has been read. */
  readUpTo(): Promise<number | undefined>
}

const TEND_EVERY_MS = 60_000
/** How long a lane is held for what was due at the start, in time-outs: work that hangs must not hold it for ever. */
const TEND_TIMEOUTS = 10

export const NOTHING_DUE: TendedWhileHeld = { hasTended: () => true, stop: () => Promise.resolve() }

export function createTending({ id, sink, timeoutMs, metrics, logger, readUpTo }: TendingParts): Tending {
  let overdue: string | undefined
  return {
    overdue: () => overdue,
    start(held) {
      if (sink.tend === undefined) return NOTHING_DUE
      const stopping = new AbortController()
      const signal = AbortSignal.any([stopping.signal, held])
      const until = performance.now() + TEND_TIMEOUTS * timeoutMs
      let isFirstDone = false
      const turn = async () => {
        try {
          await sink.tend?.(signal, readUpTo)
          overdue = undefined
        } catch (error) {
          if (signal.aborted) return TEND_EVERY_MS
          overdue = `overdue, tried again every minute: ${messageOf(error)}`
          metrics.upkeepFailed(id)
          logger.error('scheduled work of a sink failed', { reason: messageOf(error) })
        } finally {
          isFirstDone = true
        }
        return TEND_EVERY_MS
      }
      const turns = runRepeatedly(turn, signal)
      return {
        hasTended: () => isFirstDone || performance.now() > until,
        stop() {
          stopping.abort()
          return turns
        },
      }
    },
  }
}
