/** A worker ends when told to, whatever Redis does. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Served } from '../e2e/site.ts'
import { openCrew } from './crew.ts'

/** The `shutdown_timeout` of the crew, plus time for a busy machine to end the process. */
const ENDS_WITHIN_MS = 5_000 + 1_500
const TICK_MS = 20
/** Of a program that took longer: by the time that it was running, because a busy machine may suspend it for seconds. */
const LATE = 86
const TIMED = `process.once('SIGTERM', () => {
  let ticks = 0
  setInterval(() => ++ticks > ${ENDS_WITHIN_MS / TICK_MS} && process.exit(${LATE}), ${TICK_MS}).unref()
})`
const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TIMED)}` }

it.each(['SIGKILL', 'SIGSTOP'] as const)('after Redis got a %s', async (signal) => {
  await using crew = await openCrew(1, { env })
  const [worker] = crew.workers as [Served]
  await crew.flowing()
  await crew.redis.kill(signal)
  await sleep(1_000)
  worker.signal('SIGTERM')
  const { code } = await worker.ended
  expect(code, worker.stderr()).toBe(0)
})

it.concurrent('a single pass, while Redis is suspended', async () => {
  await using crew = await openCrew(0)
  // It must still have pages to request: at its very end nothing listens for a signal any more.
  crew.acme.set({ latencyMs: 1_000 })
  const once = crew.site.start(['run', '--once'], { env })
  await crew.flowing(1)
  await crew.redis.kill('SIGSTOP')
  once.signal('SIGTERM')
  const { code } = await once.ended
  // The signal may have arrived at its very end.
  expect([0, 3], once.stderr()).toContain(code)
})
