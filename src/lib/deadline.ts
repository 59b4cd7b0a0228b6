/**
 * Work under a signal and a time limit, neither of which outlives it. `AbortSignal.any` with `AbortSignal.timeout` leaves
 * timer and signals behind until the time is over or the old generation is collected: at 5,000 requests a second and a
 * limit of 20 s, a hundred thousand of each.
 */
export async function withDeadline<T>(
  outer: AbortSignal,
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController()
  const abort = () => ending.abort(outer.reason)
  if (outer.aborted) abort()
  outer.addEventListener('abort', abort)
  // Named like the reason of AbortSignal.timeout, and like it the timer does not keep the process alive.
  const late = () =>
    ending.abort(new DOMException(`no answer within ${milliseconds / 1000}s (\`timeout\`)`, 'TimeoutError'))
  const timer = setTimeout(late, milliseconds).unref()
  try {
    return await work(ending.signal)
  } finally {
    clearTimeout(timer)
    outer.removeEventListener('abort', abort)
  }
}
