/** Starts the engine's HTTP server, where commands find it, and its metrics. */
import { randomBytes } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { filtersOf } from '../deliver/rules.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import { Secret } from '../lib/secret.ts'
import type { Counters } from '../ops/counters.ts'
import { createPrometheus, type Prometheus } from '../ops/prometheus.ts'
import type { Status } from '../ops/status.ts'
import { writeEngineFile } from '../server/engine-file.ts'
import { type RunningServer, type ServerParts, startServer } from '../server/server.ts'
import { VERSION } from '../version.ts'

/** `status`: what the gauges are read from; `counters`: carried over from the previous service in this process. */
export function openPrometheus(
  config: Config,
  status: () => Promise<Status>,
  logger: Logger,
  counters?: Counters,
): Prometheus {
  const prometheus = createPrometheus({ status, logger, ...(counters && { counters }) })
  const filters = Object.entries(config.sinks).map(([id, sink]) => [id, filtersOf(sink)])
  const reconciled = Object.values(config.sources).filter((it) => it.reconcileEveryMs !== undefined)
  prometheus.counters.declare(
    Object.keys(config.sources),
    Object.fromEntries(filters),
    reconciled.map(({ id }) => id),
  )
  return prometheus
}

/** Binds the address; several workers on one machine with one configuration take a free port each. */
export async function serveEngine(
  config: Config,
  parts: Omit<ServerParts, 'server'>,
): Promise<RunningServer> {
  const { server, state } = config
  const { adminToken, users, oidc } = server
  // Commands on this machine may still ask, as they do without any token.
  const token =
    adminToken === undefined && (users ?? oidc) !== undefined
      ? randomBytes(32).toString('base64url')
      : undefined
  const local = token === undefined ? {} : { localToken: new Secret(token) }
  const start = (port: number) => startServer({ ...parts, ...local, server: { ...server, port } })
  const running = await start(server.port).catch((error: unknown) => {
    if (state.type === 'embedded' || !messageOf(error).includes('uses this port')) throw error
    return start(0)
  })
  if (state.type === 'embedded') {
    const startedAt = new Date().toISOString()
    const file = { pid: process.pid, url: running.url, startedAt, ...(token !== undefined && { token }) }
    await writeEngineFile(state.path, file).catch(async (error: unknown) => {
      // A configuration that is opened instead may need the address.
      await running.close()
      throw error
    })
  }
  const where = state.type === 'embedded' ? { state: state.path } : { state: 'redis', prefix: state.prefix }
  parts.logger.info('auditferry listens', { version: VERSION, url: running.url, ...where })
  return running
}
