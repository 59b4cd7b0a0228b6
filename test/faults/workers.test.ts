/**
 * Several workers on one Redis, while workers and Redis are killed, stopped and started again: everything that happened
 * reaches both receivers, and nothing is spooled twice. What arrives twice was in flight.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { startCluster } from '../redis/cluster.ts'
import { startSentinels } from '../redis/sentinels.ts'
import { type Crew, LEASE_MS, type Outcome, openCrew } from './crew.ts'

const isSoak = process.env.AUDITFERRY_SOAK === '1'
/** All of them in the soak, one in a usual run: each costs a lease. */
const some = <It>(all: readonly It[]): It[] => all.slice(0, isSoak ? all.length : 1)

const table: Record<string, Omit<Outcome, 'lost' | 'strange'>> = {}
afterAll(() => void process.stdout.write(`workers: ${JSON.stringify(table)}\n`))

/** What must hold whatever happened; `respooled`: the store itself was lost. */
async function judge(name: string, crew: Crew, { respooled = false } = {}): Promise<Outcome> {
  const outcome = await crew.settled()
  const { lost, strange, ...counts } = outcome
  table[name] = counts
  expect({ lost, strange }).toEqual({ lost: [], strange: [] })
  if (!respooled) expect(counts.spooled).toBe(counts.events)
  return outcome
}

it.concurrent('loses nothing when every worker in turn is killed', async () => {
  await using crew = await openCrew(isSoak ? 3 : 2)
  for (const worker of [...crew.workers]) {
    await crew.flowing()
    worker.signal('SIGKILL')
    await crew.hire()
  }
  await crew.flowing()
  await judge('SIGKILL of each', crew)
})

it.concurrent('refuses the writes of a worker that was suspended for longer than its lease', async () => {
  await using crew = await openCrew(2)
  for (const worker of some(crew.workers)) {
    await crew.flowing()
    worker.signal('SIGSTOP')
    await sleep(2.5 * LEASE_MS)
    await crew.flowing()
    worker.signal('SIGCONT')
  }
  await crew.flowing()
  await judge('SIGSTOP of each', crew)
})

it('continues after Redis was killed and started again', async () => {
  await using crew = await openCrew(2)
  await crew.flowing()
  await crew.redis.kill('SIGKILL')
  await expect.poll(() => readiness(crew)).toMatch(/Redis at 127.0.0.1:\d+ can't be reached/)
  await crew.redis.start()
  await crew.flowing()
  await judge('Redis killed', crew)
  await expect.poll(() => readiness(crew)).toBe('')
})

it('continues after Redis was suspended', async () => {
  await using crew = await openCrew(2)
  await crew.flowing()
  await crew.redis.kill('SIGSTOP')
  await expect.poll(() => readiness(crew)).toMatch(/does not answer/)
  await crew.redis.kill('SIGCONT')
  await crew.flowing()
  await judge('Redis stopped', crew)
})

it('continues after Redis ran out of memory', async () => {
  await using crew = await openCrew(2)
  const client = crew.redis.client()
  await crew.flowing()
  await client.config('SET', 'maxmemory', '1')
  const reason = async () => (await crew.workers[0]?.status())?.sources.acme?.reason
  await expect.poll(reason).toMatch(/OOM|memory/)
  await expect.poll(() => readiness(crew)).toMatch(/Redis at 127.0.0.1:\d+ takes no writes: OOM/)
  await client.config('SET', 'maxmemory', '0')
  await crew.flowing()
  await expect.poll(() => readiness(crew)).toBe('')
  await judge('Redis out of memory', crew)
})

it('shares its work on a cluster, and continues after a node was killed and started again', async () => {
  const cluster = await startCluster()
  onTestFinished(() => cluster.stop())
  const [redis] = cluster.servers
  const nodes = cluster.nodes.map(({ host, port }) => `${host}:${port}`)
  await using crew = await openCrew(2, { redis, state: { cluster: nodes } })
  await crew.flowing()
  for (const node of some(cluster.servers)) {
    await node.kill('SIGKILL')
    await node.start()
    await crew.flowing()
  }
  await judge('cluster node killed', crew)
})

it('continues after a fail-over by Sentinel', async () => {
  const sentinels = await startSentinels()
  onTestFinished(() => sentinels.stop())
  const { name, nodes, master } = sentinels
  await using crew = await openCrew(2, { redis: master, state: { sentinel: { name, nodes } } })
  await crew.flowing()
  // Replication is asynchronous: what only the old master had is read again.
  await sentinels.inStep()
  await master.kill('SIGKILL')
  await crew.flowing()
  await judge('fail-over', crew)
})

it('starts again where it was if everything in Redis is gone', async () => {
  await using crew = await openCrew(2)
  await crew.flowing()
  await crew.redis.client().flushall()
  await crew.flowing()
  await judge('Redis flushed', crew, { respooled: true })
})

it('starts again where it was if Redis came back empty', async () => {
  await using crew = await openCrew(2)
  await crew.flowing()
  await crew.redis.kill('SIGKILL')
  rmSync(join(crew.redis.folder, 'appendonlydir'), { recursive: true })
  await crew.redis.start()
  await crew.flowing()
  await judge('Redis empty', crew, { respooled: true })
})

it('waits for a Redis that is not there yet', async () => {
  await using crew = await openCrew(0)
  await crew.redis.kill('SIGKILL')
  await crew.hire()
  await expect.poll(() => readiness(crew)).toMatch(/can't be reached/)
  await crew.redis.start()
  await crew.flowing()
  await judge('Redis late', crew)
})

it('waits for a node of a cluster that is not there yet', async () => {
  const cluster = await startCluster({ nodeTimeoutMs: 2_000 })
  onTestFinished(() => cluster.stop())
  const [redis, late] = cluster.servers
  const nodes = cluster.nodes.map(({ host, port }) => `${host}:${port}`)
  await using crew = await openCrew(0, { redis, state: { cluster: nodes } })
  await late?.kill('SIGKILL')
  await crew.hire()
  const gone = new RegExp(`can't be reached at one of its nodes: .*:${late?.port}`)
  await expect.poll(() => readiness(crew)).toMatch(gone)
  await late?.start()
  await crew.flowing()
  await judge('cluster node late', crew)
})

async function readiness({ workers }: Crew): Promise<string> {
  const answer = await fetch(`${(workers[0] as Crew['workers'][0]).url}/readyz`)
  const { reasons } = (await answer.json()) as { reasons: string[] }
  return reasons.join('; ')
}
