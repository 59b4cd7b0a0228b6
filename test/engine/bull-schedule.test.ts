/** The shared schedule on a real Redis: polls happen on time, whatever a clock said before. */
import { once } from 'node:events'
import { Queue } from 'bullmq'
import { expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { createBullSchedule } from '../../src/schedule/bullmq/schedule.ts'
import type { PollDuty } from '../../src/schedule/schedule.ts'
import { describeDenial } from '../../src/spool/redis/clear-errors.ts'
import { createClient } from '../../src/spool/redis/client.ts'
import type { RedisClient } from '../../src/spool/redis/commands.ts'
import { type RedisCluster, startCluster } from '../redis/cluster.ts'
import { type RedisServer, startRedis } from '../redis/server.ts'

const EVERY_MS = 1_000
const HOURS_5 = 5 * 3_600_000
const PREFIX = 'test:{jobs}'

const scheduleOn = (connect: () => RedisClient, logger = silentLogger) =>
  createBullSchedule({
    connect,
    describeDenial,
    prefix: PREFIX,
    leaseMs: 3_000,
    shutdownTimeoutMs: 30_000,
    logger,
  })

/** One that BullMQ alone takes care of. */
const duty = (turn: PollDuty['turn']): PollDuty => ({
  id: 'acme',
  everyMs: EVERY_MS,
  turn,
  isOverdue: async () => false,
})

it('polls in time although the next one was put off by a clock that was ahead', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const connect = () => createClient({ url: new Secret(() => redis.url) })
  const queue = new Queue('poll', { prefix: PREFIX, connection: connect() })
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
  const schedule = scheduleOn(connect)
  const running = schedule.run({ polls: [duty(turn)], lanes: [] }, stopping.signal)
  try {
    await expect.poll(() => turns).toBeGreaterThan(2)
  } finally {
    stopping.abort()
    await running
  }
})

it('polls although no job comes, once a poll has been overdue for a while', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const connect = () => createClient({ url: new Secret(() => redis.url) })
  const queue = new Queue('poll', { prefix: PREFIX, connection: connect() })
  onTestFinished(() => queue.close())
  // Workers take no jobs, as when they hang.
  await queue.pause()
  const heard: string[] = []
  const turn = async () => {
    heard.push('turn')
    return EVERY_MS
  }
  const answers = [false, true, false, true, true]
  const isOverdue = async () => {
    const answer = answers.shift() ?? false
    heard.push(answer ? 'overdue' : 'on time')
    return answer
  }
  const stopping = new AbortController()
  const schedule = scheduleOn(connect)
  const running = schedule.run({ polls: [{ ...duty(turn), isOverdue }], lanes: [] }, stopping.signal)
  try {
    await expect.poll(() => heard.length).toBeGreaterThan(6)
  } finally {
    stopping.abort()
    await running
  }
  expect(heard.slice(0, 7)).toEqual([
    'on time',
    'overdue',
    'on time',
    'overdue',
    'overdue',
    'turn',
    'on time',
  ])
})

it('says which command it lacks that only jobs need', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  await redis.client().call('ACL', 'SETUSER', 'default', '-bzpopmin')
  const warned: unknown[] = []
  const logger = { ...silentLogger, warn: (...given: unknown[]) => void warned.push(given) }
  const connect = () => createClient({ url: new Secret(() => redis.url) })
  const stopping = new AbortController()
  const schedule = scheduleOn(connect, logger)
  const running = schedule.run({ polls: [duty(async () => EVERY_MS)], lanes: [] }, stopping.signal)
  try {
    await expect.poll(() => warned).toHaveLength(1)
  } finally {
    stopping.abort()
    await running
  }
  expect(warned).toEqual([
    [
      expect.stringContaining('late'),
      { reason: expect.stringMatching(/^Redis does not let .*'bzpopmin'.*ACL SETUSER/) },
    ],
  ])
})

it('leaves no connection behind when lanes are woken, or found waiting, after it has ended', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const clients: RedisClient[] = []
  const connect = () => {
    const client = createClient({ url: new Secret(() => redis.url) })
    clients.push(client)
    return client
  }
  onTestFinished(() => clients.forEach((client) => void client.disconnect()))
  const looked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<boolean>()
  const isWaiting = () => {
    looked.resolve()
    return answer.promise
  }
  const stopping = new AbortController()
  const schedule = scheduleOn(connect)
  const lane = { id: 'soc', isWaiting, deliver: async () => {} }
  const running = schedule.run({ polls: [], lanes: [lane] }, stopping.signal)
  await looked.promise
  stopping.abort()
  await running
  answer.resolve(true)
  schedule.wake(['soc'])
  // An answer that is on its way still arrives.
  await new Promise((resolve) => setTimeout(resolve, 200))
  const open = () => clients.map(({ status }) => status).filter((status) => status !== 'end')
  await expect.poll(open).toEqual([])
})

/** The node that has the key's slot. */
async function nodeOf({ servers }: RedisCluster, key: string): Promise<RedisServer> {
  const client = servers[0].client()
  const slot = Number(await client.call('CLUSTER', 'KEYSLOT', key))
  const ranges = (await client.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][]
  const range = ranges.find(([from, to]) => from <= slot && slot <= to)
  return servers.find(({ port }) => port === range?.[2][1]) ?? expect.fail('nobody has it')
}

it('polls again after a Cluster was down while it reconnected', async () => {
  const cluster = await startCluster({ nodeTimeoutMs: 1_000 })
  onTestFinished(() => cluster.stop())
  // On these, workers wait for jobs.
  const duplicates: RedisClient[] = []
  const connect = () => {
    const client = createClient({ cluster: cluster.nodes })
    const duplicate: (...options: never[]) => RedisClient = client.duplicate.bind(client)
    return Object.assign(client, {
      duplicate: (...options: never[]) => {
        const made = duplicate(...options)
        duplicates.push(made)
        return made
      },
    })
  }
  let turns = 0
  const turn = async () => {
    turns++
    return EVERY_MS
  }
  const stopping = new AbortController()
  const schedule = scheduleOn(connect)
  const duties = { polls: [duty(turn)], lanes: [] }
  const running = schedule.run(duties, stopping.signal)
  onTestFinished(async () => {
    stopping.abort()
    await running
  })
  await expect.poll(() => turns).toBeGreaterThan(1)

  // While one node is silent, the Cluster is down; those who wait at another connect anew only when that is silent, too.
  const place = await nodeOf(cluster, PREFIX)
  const [other] = cluster.servers.filter((it) => it !== place) as [RedisServer]
  const nodes = [other, place]
  onTestFinished(() => nodes.forEach(({ pid }) => void process.kill(pid, 'SIGCONT')))
  process.kill(other.pid, 'SIGSTOP')
  await expect.poll(() => place.client().call('CLUSTER', 'INFO')).toContain('cluster_state:fail')
  process.kill(place.pid, 'SIGSTOP')
  await Promise.all(duplicates.map((client) => once(client, 'connect')))
  for (const { pid } of nodes) process.kill(pid, 'SIGCONT')
  const before = turns
  await expect.poll(() => turns).toBeGreaterThan(before + 2)
})
