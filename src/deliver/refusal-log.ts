/**
 * Logs dead letters: the first few of a minute one by one, the rest as a number. Otherwise a sink that refuses a backlog
 * would fill the log's disk; the dead letters themselves are all kept, listed and counted.
 */
import type { Logger } from '../lib/logger.ts'
import type { DeadLetter } from '../spool/store.ts'

interface RefusalLog {
  log(letters: readonly DeadLetter[]): void
  /** Logs what has not been logged yet. */
  end(): void
}

const LOGGED_ONE_BY_ONE = 10
const WINDOW_MS = 60_000

export function createRefusalLog(logger: Logger): RefusalLog {
  let window: NodeJS.Timeout | undefined
  let logged = 0
  let more = 0
  let reason = ''

  const end = () => {
    clearTimeout(window)
    if (more > 0)
      logger.error('more events dead-lettered; dead-letters list names them', { count: more, reason })
    window = undefined
    logged = more = 0
  }

  return {
    log(letters) {
      if (letters.length > 0) window ??= setTimeout(end, WINDOW_MS).unref()
      for (const letter of letters) {
        reason = letter.reason
        if (logged === LOGGED_ONE_BY_ONE) more++
        else {
          logged++
          logger.error('event dead-lettered', { uid: letter.uid, reason, attempts: letter.attempts })
        }
      }
    },
    end,
  }
}
