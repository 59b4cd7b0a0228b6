/** The tests' servers listen only on loopback. */
import { randomInt } from 'node:crypto'
import type { Server as HttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'

/**
 * Returns the port: one that stays free when the server stops, as `freePort`, unless one is named. Rejects if that is
 * taken.
 */
export async function listen(server: Server, port?: number): Promise<number> {
  if (port !== undefined) return bind(server, port)
  for (;;) {
    last = (last + 1) % SHARE
    const found = await bind(server, own + last).catch(isTaken)
    if (found !== undefined) return found
  }
}

async function bind(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

/** Throws any other error. */
function isTaken(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EADDRINUSE') throw error
}

/** Also ends requests in progress. */
export async function close(server: HttpServer): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

/**
 * Below the ports that systems assign to connections and to servers that name none, so that nothing takes one by
 * chance; the same is true 10,000 above, where nodes of a Redis Cluster talk to each other.
 */
const LOWEST = 12_000
/** Each worker has ports of its own: what is free now may be meant for a server that has yet to start. */
const SHARE = 1_250
const own = LOWEST + (Number(process.env.VITEST_POOL_ID ?? 0) % 8) * SHARE
let last = randomInt(SHARE)

/** A port that stays free, so that what is started on it can be started again. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  const port = await listen(probe)
  await new Promise((resolve) => probe.close(resolve))
  return port
}
