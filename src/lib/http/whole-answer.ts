/**
 * Reads an answer as a whole. undici's `request` makes a stream of each body, which takes several turns of the event loop
 * to read: a third of the cost of a small request.
 */
import type { Dispatcher } from 'undici'
import type { HttpAnswer, HttpRequest } from './http.ts'

/** How many bytes of an answer are read and kept. */
export const ANSWER_LIMIT = 1 << 20

interface WholeAnswer extends Pick<HttpAnswer, 'status' | 'headers'> {
  /** The body as it came. */
  readonly bytes: Buffer
}

/**
 * Keeps only the beginning of a body longer than {@link ANSWER_LIMIT}, and closes the connection. Throws what undici
 * throws, and the signal's reason as soon as it aborts.
 */
export function wholeAnswer(
  dispatcher: Dispatcher,
  { method, url, headers, body, signal }: HttpRequest,
): Promise<WholeAnswer> {
  const { origin, pathname, search } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<WholeAnswer>()
  const chunks: Buffer[] = []
  let size = 0
  let answered: Pick<HttpAnswer, 'status' | 'headers'> | undefined
  let controller: Dispatcher.DispatchController | undefined
  const abort = () => {
    reject(signal.reason)
    controller?.abort(signal.reason)
  }
  const end = () => {
    signal.removeEventListener('abort', abort)
    if (answered === undefined) return
    resolve({ ...answered, bytes: Buffer.concat(chunks).subarray(0, ANSWER_LIMIT) })
  }
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  dispatcher.dispatch(
    { origin, path: `${pathname}${search}`, method, headers: { ...headers }, body: body ?? null },
    {
      onRequestStart(started) {
        controller = started
        // It may have waited for a connection, and by now nobody waits for it.
        if (signal.aborted) started.abort(signal.reason)
      },
      onResponseStart(_, status, told) {
        // Lower statuses are informational.
        if (status >= 200) answered = { status, headers: told }
      },
      onResponseData(reading, chunk) {
        chunks.push(chunk)
        size += chunk.length
        if (size < ANSWER_LIMIT) return
        end()
        reading.abort(new Error('the rest of the answer is not read'))
      },
      onResponseEnd: end,
      onResponseError(_, error) {
        signal.removeEventListener('abort', abort)
        // An answer has begun, so this was not just a stale connection: the request may have been served.
        reject(answered === undefined ? error : new Error('the answer broke off', { cause: error }))
      },
    },
  )
  return promise
}
