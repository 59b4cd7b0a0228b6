/**
 * Connections to the database: opened when first needed, with their errors explained. The first one makes the tables.
 */
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Pool, PoolClient } from 'pg'
import type { Connection } from '../../lib/http/http.ts'
import type { Secret } from '../../lib/secret.ts'
import { ArchiveFailure } from '../failure.ts'
import { addressOf, type DatabaseAddress } from './address.ts'
import { LAYOUT, SCHEMA, TABLES, TRIGGERS } from './ddl.ts'
import { explainError } from './failure.ts'

export interface Client {
  query<Row>(sql: string, values?: readonly unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>
  /** `broken`: the connection is not used again, and its pending queries fail. Only the first call counts. */
  release(broken?: boolean): void
}

export interface Connections {
  /** Throws ArchiveFailure, as do the client's queries. */
  connect(): Promise<Client>
  /** The same, but makes no tables. */
  connectOnly(): Promise<Client>
  close(): Promise<void>
}

const CONNECTIONS = 6
const CONNECT_MS = 10_000
/** A server that is cut off does not answer when a connection is closed. */
const CLOSE_MS = 500
/** Number of the advisory lock that a writer holds until its transaction ends: any number that nobody else uses. */
const WRITE_LOCK = 7_022_344_803_120_441_957n

/** As long as a batch may take. */
const LOCK_WAIT_MS = 60_000

export function createConnections(database: Secret, tls: Connection['tls']): Connections {
  const sockets = new Set<Socket>()
  let opened: Opened | undefined
  let closed = false

  /** New connections use a password, host or certificate that was renewed; work under way finishes on the old ones. */
  const open = (): Opened => {
    if (closed) throw new ArchiveFailure('retry', 'the archive is closed')
    const address = addressOf(database.reveal(), tls)
    if (isDeepStrictEqual(opened?.address, address)) return opened as Opened
    opened?.pool.then((pool) => pool.end()).catch(() => undefined)
    const it: Opened = { address, pool: openPool(address, sockets), prepared: undefined }
    opened = it
    it.pool.catch(() => {
      if (opened === it) opened = undefined
    })
    return it
  }
  const connectTo = async ({ address, pool }: Opened): Promise<Client> => {
    const { where } = address
    const ready = await pool
    try {
      return clientOf(await ready.connect(), where)
    } catch (error) {
      throw explainError(where, error)
    }
  }
  const prepare = async (it: Opened) => {
    const client = await connectTo(it)
    try {
      await makeTables(client)
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined)
      throw error
    } finally {
      client.release()
    }
  }
  return {
    async connect() {
      const it = open()
      it.prepared ??= prepare(it)
      it.prepared.catch(() => {
        it.prepared = undefined
      })
      await it.prepared
      return connectTo(it)
    },
    connectOnly: async () => connectTo(open()),
    async close() {
      closed = true
      const pool = await opened?.pool.catch(() => undefined)
      if (pool === undefined) return
      await Promise.race([pool.end(), sleep(CLOSE_MS, undefined, { ref: false })])
      for (const socket of sockets) socket.destroy()
    },
  }
}

interface Opened {
  readonly address: DatabaseAddress
  readonly pool: Promise<Pool>
  /** Settled when the tables exist. */
  prepared: Promise<void> | undefined
}

/** Loads the driver only when it is needed. */
async function openPool({ url, ssl }: DatabaseAddress, sockets: Set<Socket>): Promise<Pool> {
  const { default: pg } = await import('pg')
  const types = {
    // Counts, keys and sums are all below 2^53.
    getTypeParser: ((oid: number, format?: 'text') =>
      oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format)) as never,
  }
  const pool = new pg.Pool({
    stream: () => {
      const socket = new Socket()
      sockets.add(socket)
      return socket.once('close', () => sockets.delete(socket))
    },
    connectionString: url,
    // A copy, because the driver hides the key in the object that it gets.
    ssl: ssl && { ...ssl },
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: 'auditferry',
    types,
    onConnect: async (client) => {
      await client.query(`SET search_path = ${SCHEMA}, pg_catalog`)
    },
  })
  // A connection that breaks while idle is simply replaced.
  pool.on('error', () => undefined)
  return pool
}

const INT8 = 20
const NUMERIC = 1700

function clientOf(client: PoolClient, where: string): Client {
  const hear = () => undefined
  let isReleased = false
  client.on('error', hear)
  return {
    async query(sql, values = []) {
      try {
        return (await client.query({ text: sql, values: [...values] })) as never
      } catch (error) {
        throw explainError(where, error)
      }
    },
    release(broken) {
      if (isReleased) return
      isReleased = true
      if (!broken) client.off('error', hear)
      client.release(broken)
    },
  }
}

/**
 * Nobody else writes until the transaction ends. The server ends a transaction whose process was cut off or stands
 * still, because it would otherwise notice the lost connection only hours later. It also ends a wait for the lock:
 * while a commit hangs, for example without its synchronous standby, each new attempt would take one more of the
 * server's connections.
 */
export async function takeWriteLock(client: Client, waitMs = LOCK_WAIT_MS): Promise<void> {
  await client.query(
    `SET LOCAL idle_in_transaction_session_timeout = '10s'; SET LOCAL lock_timeout = ${waitMs}`,
  )
  await client.query('SELECT pg_advisory_xact_lock($1)', [WRITE_LOCK])
}

async function makeTables(client: Client): Promise<void> {
  await client.query('BEGIN')
  await takeWriteLock(client)
  const found = await client.query<{ schema: string | null; layout: string | null }>(
    `SELECT to_regnamespace('${SCHEMA}') AS schema, to_regclass('${SCHEMA}.layout') AS layout`,
  )
  const { schema = null, layout = null } = found.rows[0] ?? {}
  if (layout === null) {
    if (schema === null) await client.query(`CREATE SCHEMA ${SCHEMA}`)
    await client.query(TABLES)
    await client.query(TRIGGERS)
  } else {
    const { rows } = await client.query<{ version: number }>('SELECT version FROM layout')
    const version = rows[0]?.version ?? LAYOUT
    if (version > LAYOUT) {
      throw new ArchiveFailure(
        'pause',
        `the archive was written by a newer auditferry (layout ${version}, this one knows ${LAYOUT}): start the newer version`,
      )
    }
  }
  await client.query('COMMIT')
}
