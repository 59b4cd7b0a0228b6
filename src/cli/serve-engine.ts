/** Starts the engine's HTTP server, where commands find it. */
import { randomBytes } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { messageOf } from '../errors.ts'
import { Secret } from '../lib/secret.ts'
import { writeEngineFile } from '../server/engine-file.ts'
import { type RunningServer, type ServerParts, startServer } from '../server/server.ts'
import { VERSION } from '../version.ts'

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
    await writeEngineFile(state.path, file)
  }
  const where = state.type === 'embedded' ? { state: state.path } : { state: 'redis', prefix: state.prefix }
  parts.logger.info('auditferry listens', { version: VERSION, url: running.url, ...where })
  return running
}
