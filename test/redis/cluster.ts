/** A Redis Cluster of three masters on the loopback, with a replica each where asked for. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type RedisServer, startRedis } from './server.ts'

export interface RedisCluster {
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly servers: readonly [RedisServer, ...RedisServer[]]
  /** Of each of these, in their order, when asked for. */
  readonly replicas: readonly RedisServer[]
  stop(): Promise<void>
}

const SLOTS = 16_384

/** `nodeTimeoutMs`: as Redis has it, since a node of a busy machine is silent for seconds, and none that failed. */
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
  return {
    replicas,
    servers: servers as [RedisServer, ...RedisServer[]],
    nodes: servers.map(({ port }) => ({ host: '127.0.0.1', port })),
    async stop() {
      await Promise.all([...servers, ...replicas].map((server) => server.stop()))
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
