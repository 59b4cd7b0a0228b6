/** The shared schedule on a real Redis: polls have their time, whatever a clock said before. */
import { Queue } from 'bullmq'
import { expect, it, onTestFinished, vi } from 'vitest'
import { silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { createBullSchedule } from '../../src/schedule/bullmq/schedule.ts'
import { createClient } from '../../src/spool/redis/client.ts'
import { startRedis } from '../redis/server.ts'

const EVERY_MS = 1_000
const HOURS_5 = 5 * 3_600_000

it('polls in time although the next one was put off by a clock that was ahead', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const connect = () => createClient({ url: new Secret(() => redis.url) })
  const prefix = 'test:{jobs}'
  const queue = new Queue('poll', { prefix, connection: connect() })
  onTestFinished(() => queue.close())
  const startDate = Date.now() + HOURS_5
  await queue.upsertJobScheduler(
    'acme',
    { every: EVERY_MS, startDate },
    { name: 'poll', data: { id: 'acme' } },
  )
  const [known] = await queue.getJobSchedulers()
  expect(known?.next).toBeGreaterThan(Date.now() + HOURS_5 / 2)

  let turns = 0
  const turn = async () => {
    turns++
    return EVERY_MS
  }
  const stopping = new AbortController()
  const schedule = createBullSchedule({
    connect,
    prefix,
    leaseMs: 3_000,
    shutdownTimeoutMs: 30_000,
    logger: silentLogger,
  })
  const running = schedule.run(
    { polls: [{ id: 'acme', everyMs: EVERY_MS, turn }], lanes: [] },
    stopping.signal,
  )
  try {
    await vi.waitFor(() => expect(turns).toBeGreaterThan(2), { timeout: 15_000 })
  } finally {
    stopping.abort()
    await running
  }
})
