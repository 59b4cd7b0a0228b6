/**
 * A replica in a Cluster takes its master's place but lacks the last writes, while no connection breaks; and connections
 * that break.
 */
import assert from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster, type Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../src/lib/logger.ts'
import { connectRedis } from '../../src/spool/redis/connect.ts'
import { probeKeys } from '../../src/spool/redis/keys.ts'
import { openRedisStore } from '../../src/spool/redis/store.ts'
import { type RedisCluster, startCluster } from '../redis/cluster.ts'
import type { RedisServer } from '../redis/server.ts'
import { append, entry, fill, lane, SOURCE, settlement } from './store-samples.ts'

let cluster: RedisCluster
beforeAll(async () => {
  cluster = await startCluster({ hasReplicas: true })
})
afterAll(() => cluster.stop())

const LANE = { sink: 'soc', sources: [SOURCE] }

async function open(prefix: string, probes = probeKeys(prefix, [SOURCE])) {
  const connection = connectRedis({ cluster: cluster.nodes }, probes, silentLogger)
  await connection.ready()
  const store = openRedisStore({ ...connection, prefix, leaseMs: 30_000, logger: silentLogger })
  onTestFinished(() => store.close())
  return { store, client: connection.client }
}

/** The nodes that hold the source's slot. */
async function pairOf(prefix: string): Promise<{ master: RedisServer; replica: RedisServer }> {
  for (const [at, server] of cluster.servers.entries()) {
    const replica = cluster.replicas[at] as RedisServer
    // The replica may not have the keys yet.
    if (!(await holds(server, prefix)) && !(await holds(replica, prefix))) continue
    const pair = [server, replica] as const
    const [role] = await server.client().role()
    return role === 'master' ? { master: pair[0], replica: pair[1] } : { master: pair[1], replica: pair[0] }
  }
  throw new Error('nobody has it')
}

/** Whether the node has the source's keys. */
async function holds(server: RedisServer, prefix: string): Promise<boolean> {
  const keys = await server.client().keys(`${prefix}:{${SOURCE}}:*`)
  return keys.length > 0
}

/** The replica has everything stored until now; whatever is stored from here on only the master has. */
async function stopReplicating({ master, replica }: { master: RedisServer; replica: RedisServer }) {
  const stored = await replicated(master, 'master_repl_offset')
  while ((await replicated(replica, 'slave_repl_offset')) < stored) await sleep(20)
  await master.client().call('ACL', 'SETUSER', 'default', '-psync', '-sync')
  await master.client().call('CLIENT', 'KILL', 'TYPE', 'replica')
  while ((await replica.client().info('replication')).includes('master_link_status:up')) await sleep(20)
}

/** Offset in the replication stream, in bytes. */
async function replicated(server: RedisServer, name: string): Promise<number> {
  const info = await server.client().info('replication')
  return Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1] ?? expect.fail(name))
}

/** The former master follows the new one. */
async function replicateAgain({ master }: { master: RedisServer }) {
  await master.client().call('ACL', 'SETUSER', 'default', '+psync', '+sync')
  const link = async () => (await master.client().info('replication')).includes('master_link_status:up')
  while (!(await link())) await sleep(50)
  await cluster.agreed()
}

it.each(['asked of a node that does not serve it any more', 'heard of between two commands'])(
  'a slot that moved: %s',
  async (how) => {
    const prefix = how.replaceAll(' ', '-')
    const { store } = await open(prefix)
    const poll = await store.claim({ source: SOURCE })
    const deliver = await store.claim(LANE)
    await fill(store, [3])
    await store.settle([settlement({ state: lane(3) })])
    const pair = await pairOf(prefix)
    await stopReplicating(pair)
    await fill(store, [2])
    await store.settle([settlement({ state: lane(5) })])

    await pair.replica.client().call('CLUSTER', 'FAILOVER', 'TAKEOVER')
    // Until the old master hears of it, it accepts writes and loses them: no client can know.
    await expect.poll(async () => (await pair.master.client().role())[0]).toBe('slave')
    onTestFinished(() => replicateAgain(pair))
    if (how.startsWith('heard')) await expect.poll(() => poll?.signal.aborted).toBe(true)
    // The event would come before what the lane considers delivered.
    await expect(store.settle([settlement({ state: lane(5) })])).rejects.toThrow()
    await expect(store.append(append({ entry: entry(5, 1) }))).rejects.toThrow()
    expect([poll?.signal.aborted, deliver?.signal.aborted]).toEqual([true, true])

    const again = async (holding: Parameters<typeof store.claim>[0]) => {
      const claim = await store.claim(holding).catch(() => undefined)
      return claim?.continued
    }
    // A node that has not heard of it yet would tell the client so, and the claims would be lost once more.
    await cluster.agreed()
    await expect.poll(() => again({ source: SOURCE })).toBe(false)
    await expect.poll(() => again(LANE)).toBe(false)
    expect([(await store.bounds(SOURCE)).end, await store.loadLane('soc')]).toEqual([
      3,
      expect.objectContaining(lane(3)),
    ])
    await store.append(append({ entry: entry(3, 1) }))
    await store.settle([settlement({ state: lane(4) })])
  },
)

it('keeps its claims while the connections to replicas end', async () => {
  const { store, client } = await open('replicas')
  const claims = [await store.claim({ source: SOURCE }), await store.claim(LANE)]
  assert(client instanceof Cluster)
  // They are connected to when first used.
  await Promise.all(client.nodes('slave').map((node) => node.ping()))
  const ended: unknown[] = []
  client.on('-node', (node: Redis) => ended.push(node.options.port))
  const replicas: number[] = []
  for (const server of [...cluster.servers, ...cluster.replicas]) {
    if ((await server.client().role())[0] === 'master') continue
    replicas.push(server.port)
    await server.client().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  }
  await expect.poll(() => ended).toEqual(expect.arrayContaining(replicas))
  await fill(store, [3])
  await store.settle([settlement({ state: lane(3) })])
  expect(claims.map((claim) => claim?.signal.aborted)).toEqual([false, false])
})

it.each(['master', 'former-source'])('loses its claims when a connection ends: %s', async (prefix) => {
  // A source that left the configuration is not watched from the start.
  const { store } = prefix === 'master' ? await open(prefix) : await open(prefix, [])
  const claim = await store.claim({ source: SOURCE })
  await fill(store, [3])
  const { master } = await pairOf(prefix)
  await master.client().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await expect.poll(() => claim?.signal.aborted).toBe(true)
  await expect(store.append(append({ entry: entry(3, 1) }))).rejects.toThrow('connection to Redis was lost')
})
