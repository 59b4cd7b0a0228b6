/** A master, its replica, and three sentinels that promote the replica when the master is gone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../loopback.ts'
import { PATIENCE_MS } from '../patience.ts'
import { type RedisServer, startRedis } from './server.ts'

interface Sentinels {
  readonly name: string
  /** host:port of each sentinel. */
  readonly nodes: readonly string[]
  readonly master: RedisServer
  readonly replica: RedisServer
  /** The replica has everything that the master had. */
  inStep(): Promise<void>
  stop(): Promise<void>
}

const NAME = 'audit'

export async function startSentinels(): Promise<Sentinels> {
  const durable = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']
  const master = await startRedis(durable)
  const replica = await startRedis([...durable, '--replicaof', `127.0.0.1 ${master.port}`])
  const children: ChildProcess[] = []
  const ports: number[] = []
  for (let number = 0; number < 3; number++) {
    const port = await freePort()
    const file = join(master.folder, `sentinel-${number}.conf`)
    writeFileSync(
      file,
      `port ${port}
bind 127.0.0.1
dir ${master.folder}
sentinel monitor ${NAME} 127.0.0.1 ${master.port} 2
sentinel down-after-milliseconds ${NAME} 1000
sentinel failover-timeout ${NAME} 5000
`,
    )
    children.push(spawn('redis-server', [file, '--sentinel'], { stdio: ['ignore', 'ignore', 'inherit'] }))
    ports.push(port)
  }
  await knowEachOther(ports)
  return {
    name: NAME,
    nodes: ports.map((port) => `127.0.0.1:${port}`),
    master,
    replica,
    async inStep() {
      await master.client().wait(1, PATIENCE_MS)
    },
    async stop() {
      for (const child of children) {
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
      await Promise.all([master.stop(), replica.stop()])
    },
  }
}

/** A fail-over takes two of three, and each must know the replica. */
async function knowEachOther(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null, retryStrategy: () => 50 })
    client.on('error', () => undefined)
    const count = async (what: string) => ((await client.call('SENTINEL', what, NAME)) as unknown[]).length
    while ((await count('SENTINELS')) < 2 || (await count('REPLICAS')) < 1) await sleep(100)
    client.disconnect()
  }
}
