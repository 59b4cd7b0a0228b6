/** A Redis Cluster of three masters on the loopback. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type RedisServer, startRedis } from './server.ts'

export interface RedisCluster {
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly servers: readonly [RedisServer, ...RedisServer[]]
  stop(): Promise<void>
}

const SLOTS = 16_384

/** `nodeTimeoutMs`: as Redis has it, since a node of a busy machine is silent for seconds, and none that failed. */
export async function startCluster({ size = 3, nodeTimeoutMs = 15_000 } = {}): Promise<RedisCluster> {
  const timeout = ['--cluster-node-timeout', String(nodeTimeoutMs)]
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
  return {
    servers: servers as [RedisServer, ...RedisServer[]],
    nodes: servers.map(({ port }) => ({ host: '127.0.0.1', port })),
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}
