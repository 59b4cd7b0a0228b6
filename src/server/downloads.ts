/** Limits how many files are sent at the same time: each buffers megabytes, whether or not the caller keeps reading. */
import { RequestError } from './route.ts'

const AT_ONCE = 8
const AGAIN_S = 10

interface Downloads {
  /** Until `gone` aborts. Throws RequestError 503 when there are enough. */
  begin(gone: AbortSignal): void
}

export function createDownloads(): Downloads {
  let underWay = 0
  return {
    begin(gone) {
      if (gone.aborted) return
      if (underWay >= AT_ONCE) {
        throw new RequestError(
          503,
          `${AT_ONCE} downloads are under way, and more are not sent at once: ask again when one has ended`,
          { 'retry-after': String(AGAIN_S) },
        )
      }
      underWay++
      gone.addEventListener('abort', () => underWay--, { once: true })
    },
  }
}
