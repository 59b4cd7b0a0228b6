/** The embedded schedule: each task runs again when it said so, in this process. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Schedule } from './schedule.ts'

/** Milliseconds until the task wants to run again. */
export type Task = (signal: AbortSignal) => Promise<number>

/** Runs until aborted; resolves when the last turn has ended. */
export async function runRepeatedly(task: Task, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const wait = await task(signal)
    await sleep(wait, undefined, { signal }).catch(() => undefined)
  }
}

/** The schedule of a process that is alone: its lanes run all the time, only polls want to be started. */
export function createTimers(): Schedule {
  return {
    async run({ polls }, signal) {
      await Promise.all(polls.map(({ turn }) => runRepeatedly(turn, signal)))
    },
    wake() {},
  }
}
