/** The embedded schedule: each task runs again when it said so, in this process. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds until the task wants to run again. */
export type Task = (signal: AbortSignal) => Promise<number>

/** Runs until aborted; resolves when the last turn has ended. */
export async function runRepeatedly(task: Task, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const wait = await task(signal)
    await sleep(wait, undefined, { signal }).catch(() => undefined)
  }
}
