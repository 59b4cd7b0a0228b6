/** A Redis Cluster of three masters on loopback, with a replica each on request. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type RedisServer, startRedis } from './server.ts'

export interface RedisCluster {
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly servers: readonly [RedisServer, ...RedisServer[]]
  /** One for each master, in the same order; empty unless requested. */
  readonly replicas: readonly RedisServer[]
  /** Resolves once all nodes agree on masters and replicas: a client asks any of them, again and again. */
  agreed(): Promise<void>
  stop(): Promise<void>
}

const SLOTS = 16_384

/**
 * `nodeTimeoutMs`: Redis's default, because on a busy machine a node may be silent for seconds without having failed.
 */
export async function startCluster({
  size = 3,
  nodeTimeoutMs = 15_000,
  hasReplicas = false,
} = {}): Promise<RedisCluster> {
  const timeout = ['--cluster-node-timeout', String(nodeTimeoutMs), '--cluster-replica-validity-factor', '0']
  const options = ['--appendonly', 'yes', '--cluster-enabled', 'yes', ...timeout]
  const servers: RedisServer[] = []
  for (let node = 0; node < size; node++) servers.push(await startRedis(options))
  const clients = servers.map((server) => server.client())
  const share = Math.ceil(SLOTS / size)
  for (const [at, client] of clients.entries()) {
    const [from, to] = [at * share, Math.min(SLOTS, (at + 1) * share) - 1]
    await client.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    for (const { port } of servers) await client.call('CLUSTER', 'MEET', '127.0.0.1', String(port))
  }
  for (const client of clients) {
    while (!String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(50)
  }
  const replicas = await Promise.all(
    hasReplicas ? servers.map((master) => startReplica(master, options)) : [],
  )
  const all = [...servers, ...replicas]
  const agreed = async () => {
    while (new Set(await Promise.all(all.map(slotsOf))).size > 1) await sleep(50)
  }
  await agreed()
  return {
    replicas,
    agreed,
    servers: servers as [RedisServer, ...RedisServer[]],
    nodes: servers.map(({ port }) => ({ host: '127.0.0.1', port })),
    async stop() {
      await Promise.all(all.map((server) => server.stop()))
    },
  }
}

async function startReplica(of: RedisServer, options: readonly string[]): Promise<RedisServer> {
  const replica = await startRedis(options)
  const [master, client] = [of.client(), replica.client()]
  const id = String(await master.call('CLUSTER', 'MYID'))
  await client.call('CLUSTER', 'MEET', '127.0.0.1', String(of.port))
  const follow = () => client.call('CLUSTER', 'REPLICATE', id)
  while ((await follow().catch(() => 'not met yet')) !== 'OK') await sleep(50)
  const isFollowed = async () =>
    JSON.stringify(await master.call('CLUSTER', 'SLOTS')).includes(`${replica.port}`)
  while (!(await isFollowed())) await sleep(50)
  return replica
}

type Node = readonly [host: string, port: number]

/** From and to of each range of slots, and the ports of its nodes, the master's first. */
async function slotsOf(server: RedisServer): Promise<string> {
  const ranges = (await server.client().call('CLUSTER', 'SLOTS')) as [number, number, Node, ...Node[]][]
  const named = ranges.map(([from, to, master, ...replicas]) => {
    return [from, to, master[1], ...replicas.map(([, port]) => port).toSorted((a, b) => a - b)]
  })
  return JSON.stringify(named.toSorted(([a = 0], [b = 0]) => a - b))
}
