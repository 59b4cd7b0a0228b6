import { setTimeout as sleep } from 'node:timers/promises'

/** Whether `work` ends within so many milliseconds. Throws when aborted. */
export async function endsWithin(ms: number, work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  const timer = new AbortController()
  const timeout = sleep(ms, undefined, { signal: AbortSignal.any([signal, timer.signal]) })
  const ended = await Promise.race([
    work.then(() => true),
    timeout.then(
      () => false,
      () => false,
    ),
  ])
  timer.abort()
  signal.throwIfAborted()
  return ended
}
