/** While Redis can't be reached, every worker reports what it knew last, and that it is stuck. */
import { expect, it } from 'vitest'
import { openCrew } from './crew.ts'

it('keeps the figures of every worker while Redis is gone', async () => {
  await using crew = await openCrew(2)
  await crew.flowing()
  const figures = async (at: number) => {
    const { sources, sinks } = (await crew.workers[at]?.status()) ?? {}
    return { source: sources?.acme, sink: sinks?.hook0 }
  }
  for (const at of [0, 1]) {
    await expect.poll(async () => (await figures(at)).source?.events).toBeGreaterThan(0)
    await expect.poll(async () => (await figures(at)).sink?.delivered).toBeGreaterThan(0)
  }
  await crew.redis.kill('SIGKILL')
  for (const at of [0, 1]) {
    await expect.poll(async () => (await figures(at)).source?.state).toBe('stuck')
    const { source, sink } = await figures(at)
    expect([source?.events, sink?.delivered]).not.toContain(0)
    expect(source?.checkpoint).not.toBeNull()
  }
})
