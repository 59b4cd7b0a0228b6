/** A real PostgreSQL on a free loopback port, in a folder of its own, as a user who isn't root. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '../loopback.ts'
import { PATIENCE_MS } from '../patience.ts'

export interface PostgresServer {
  readonly port: number
  /** A new database, created on request; the user owns it. */
  database(): Promise<string>
  /** As the superuser, in a database from `database`. */
  query(url: string, sql: string): Promise<Record<string, unknown>[]>
  /** Starts it again in the same place after a `kill`. */
  start(): Promise<void>
  kill(signal: NodeJS.Signals): Promise<void>
  /** Stops it and removes the folder. */
  stop(): Promise<void>
}

const [USER, PASSWORD] = ['ferry', 'not-secret']

/** `settings`: `-c` options of the server. */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const { postgresFolder } = await import(new URL('programs.mjs', import.meta.url).href)
  const programs: string | undefined = postgresFolder()
  if (programs === undefined) throw new Error('PostgreSQL is missing: `node test/postgres/install.mjs`')
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-postgres-'))
  const owner = ownerOf(folder)
  writeFileSync(join(folder, 'password'), `${PASSWORD}\n`)
  const data = join(folder, 'data')
  const init = ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '-N']
  execFileSync(join(programs, 'initdb'), [...init, `--pwfile=${join(folder, 'password')}`], {
    ...owner,
    stdio: 'ignore',
    cwd: folder,
  })
  const port = await freePort()
  const administrator = (name = 'postgres') => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${name}`
  let child: ChildProcess | undefined
  let made = 0

  const server: PostgresServer = {
    port,
    async database() {
      const name = `archive${++made}`
      if (made === 1) {
        await server.query(administrator(), `CREATE ROLE ${USER} LOGIN PASSWORD '${PASSWORD}'`)
      }
      await server.query(administrator(), `CREATE DATABASE ${name} OWNER ${USER}`)
      return `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${name}`
    },
    async query(url, sql) {
      const client = new pg.Client(administrator(new URL(url).pathname.slice(1)))
      client.on('error', () => undefined)
      await client.connect()
      try {
        return (await client.query(sql)).rows
      } finally {
        await client.end()
      }
    },
    async start() {
      const deadline = Date.now() + PATIENCE_MS
      for (;;) {
        // After a kill the server refuses to start until the last of its old processes is gone.
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
          const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder, ...settings]
          child = spawn(join(programs, 'postgres'), args, { ...owner, stdio: 'ignore', cwd: folder })
        }
        try {
          await server.query(administrator(), 'SELECT 1')
          return
        } catch (error) {
          if (Date.now() > deadline) throw error
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
    },
    async kill(signal) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
    async stop() {
      await server.kill('SIGQUIT')
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
  await server.start()
  return server
}

/** PostgreSQL does not run as root. */
function ownerOf(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const isThere = (name: string) => spawnSync('id', [name], { stdio: 'ignore' }).status === 0
  const name = isThere('postgres') ? 'postgres' : 'nobody'
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8' })),
  )
  chownSync(folder, uid ?? 0, gid ?? 0)
  return { uid, gid } as { uid: number; gid: number }
}
