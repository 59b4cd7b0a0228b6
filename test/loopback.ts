/** Servers of the tests listen on the loopback alone. */
import { randomInt } from 'node:crypto'
import type { Server as HttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'

/** Answers the port: a free one, unless one is named. Rejects where that is taken. */
export async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

/** Ends also what is under way. */
export async function close(server: HttpServer): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

/**
 * Below those that systems give to connections and to servers that named none, which would come upon one by chance; and
 * so is the port 10,000 above, at which nodes of a Redis Cluster talk to each other.
 */
const PORTS = [12_000, 22_000] as const

/** A port that nobody listens on, now or while what is started on it is started again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const probe = createServer()
    const port = await listen(probe, randomInt(...PORTS)).catch(() => undefined)
    if (port === undefined) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
}
