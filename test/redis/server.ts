/** A real redis-server on a free loopback port, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from '../loopback.ts'

export interface RedisServer {
  readonly port: number
  readonly url: string
  readonly folder: string
  readonly pid: number
  /** For tests that look at the keys themselves. */
  client(): Redis
  /** Starts it again on the same port and folder after a `kill`. */
  start(): Promise<void>
  kill(signal: NodeJS.Signals): Promise<void>
  /** Stops it and removes the folder. */
  stop(): Promise<void>
}

/** What auditferry requires of a Redis. */
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction']

export async function startRedis(options: readonly string[] = DURABLE): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-redis-'))
  const port = await freePort()
  const clients: Redis[] = []
  let child: ChildProcess | undefined
  const server: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    get pid() {
      return child?.pid ?? 0
    },
    client() {
      const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: 3 })
      client.on('error', () => undefined)
      clients.push(client)
      return client
    },
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...options]
      child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
      await answering(port, child)
    },
    async kill(signal) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill(signal)
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended
    },
    async stop() {
      for (const client of clients) client.disconnect()
      child?.kill('SIGCONT')
      await server.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

/** Resolves once it has loaded what it had written. */
async function answering(port: number, child: ChildProcess): Promise<void> {
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(
      `redis-server could not be started (${(error as Error).message}): apt-get install redis-server`,
    )
  })
  const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null, retryStrategy: () => 20 })
  client.on('error', () => undefined)
  try {
    await Promise.race([client.ping(), failed])
  } finally {
    client.disconnect()
  }
}
