/** The embedded schedule: each task says when to run it again, in this process. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Schedule } from './schedule.ts'

/** Answers the milliseconds until the task wants to run again. */
type Task = (signal: AbortSignal) => Promise<number>

/** Runs until aborted; resolves when the last turn has ended. */
export async function runRepeatedly(task: Task, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const wait = await task(signal)
    await sleep(wait, undefined, { signal }).catch(() => undefined)
  }
}

/** The schedule of a single process: its lanes run all the time, and only polls need starting. */
export function createTimers(): Schedule {
  return {
    async run({ polls }, signal) {
      await Promise.all(polls.map(({ turn }) => runRepeatedly(turn, signal)))
    },
    wake() {},
  }
}
