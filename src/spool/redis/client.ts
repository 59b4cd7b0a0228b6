/** The ioredis client for an address: one server, one behind Sentinel, or a Cluster. */
import { Cluster, Redis } from 'ioredis'
import type { RedisAddress } from '../../config/config.ts'
import { tlsOptions } from '../../lib/tls/options.ts'
import type { RedisClient } from './commands.ts'
import { isOfSelect, urlOf, usesTls } from './failure.ts'
import { WatchedCluster } from './watched-cluster.ts'

/** After this silence the connection counts as broken: a host that vanished closes nothing. */
const SOCKET_TIMEOUT_MS = 60_000
/**
 * How long the other side may take to close a connection that is given up here: a host that vanished never closes it.
 */
const DISCONNECT_MS = 100
/** A node that hangs breaks no connection, so the other nodes are asked whether another has taken its place. */
const LOOK_FOR_NODES_EVERY_MS = 5_000
const LOOK_FOR_MASTER_MS = { first: 1_000, most: 15_000 }

/**
 * `failsFast`: a command that is unanswered when its connection breaks fails at once and is not sent again, since the
 * claim under which it was sent is lost. Otherwise commands wait for Redis indefinitely, as BullMQ requires.
 */
export function createClient(address: RedisAddress, { failsFast = false } = {}): RedisClient {
  const { cluster } = address
  const options = {
    ...secretsOf(address),
    maxRetriesPerRequest: failsFast ? 0 : null,
    enableOfflineQueue: !failsFast,
    autoResendUnfulfilledCommands: !failsFast,
    socketTimeout: SOCKET_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_MS,
    reconnectOnError: lookForMaster(),
  }
  if (cluster !== undefined) {
    const OneOf = failsFast ? WatchedCluster : Cluster
    const client = new OneOf([...cluster], {
      redisOptions: options,
      slotsRefreshInterval: LOOK_FOR_NODES_EVERY_MS,
      // A command that waits for a node's connection was not sent yet; one sent without an answer is not sent again.
      // Nor is one that was refused by a node that is cut off: another may be in its place by then, without its data.
      ...(failsFast ? { retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 } : {}),
      // BullMQ awaits `connect`, which never returns if the Cluster is found to be down: no worker would take jobs again.
      enableReadyCheck: failsFast,
      // Certificates of managed clusters name hosts, not addresses.
      ...(usesTls(address) ? { dnsLookup: (name, callback) => callback(null, name) } : {}),
    })
    return renewing(client, address)
  }
  const { pathname, hostname, port } = urlOf(address)
  const client = new Redis({
    ...options,
    ...(pathname.length > 1 ? { db: Number(pathname.slice(1)) } : {}),
    ...(address.sentinel === undefined
      ? { host: hostOf(hostname), port: Number(port || 6379) }
      : byName(address.sentinel, address)),
  })
  // Otherwise ioredis would continue in database 0, which may belong to somebody else.
  client.on('error', (error) => {
    if (isOfSelect(error)) client.disconnect(true)
  })
  return renewing(client, address)
}

/**
 * Passwords and certificates are renewed while the program runs, but ioredis keeps those that it was created with. So
 * they are read again for each connection.
 */
function renewing<Client extends RedisClient>(client: Client, address: RedisAddress): Client {
  const renew = ({ options }: Redis) => {
    try {
      Object.assign(options, secretsOf(address))
    } catch {
      // If a file can't be read now, the previous secrets may still work, and the next attempt reads it again.
    }
  }
  if (client instanceof Cluster) client.on('+node', renew)
  else client.on('reconnecting', () => renew(client))
  // BullMQ makes connections of its own in this way.
  const duplicate = client.duplicate.bind(client) as (...options: never[]) => Client
  return Object.assign(client, {
    duplicate: (...options: never[]) => renewing(duplicate(...options), address),
  })
}

function byName(sentinel: NonNullable<RedisAddress['sentinel']>, address: RedisAddress) {
  return {
    sentinels: [...sentinel.nodes],
    name: sentinel.name,
    enableTLSForSentinelMode: usesTls(address),
  }
}

/** After a fail-over the old master is a replica. Looks for the new one at once, then at ever longer intervals. */
function lookForMaster(): (error: Error) => boolean {
  let notBefore = Number.NEGATIVE_INFINITY
  let waitMs = 0
  return ({ message }) => {
    if (!message.startsWith('READONLY') || performance.now() < notBefore) return false
    const isNew = performance.now() - notBefore > LOOK_FOR_MASTER_MS.most
    waitMs = isNew ? LOOK_FOR_MASTER_MS.first : Math.min(2 * waitMs, LOOK_FOR_MASTER_MS.most)
    notBefore = performance.now() + waitMs
    return true
  }
}

/** The current secrets. Throws when a file can't be read. */
function secretsOf(address: RedisAddress) {
  const { sentinel } = address
  const url = urlOf(address)
  const user = address.username ?? decodeURIComponent(url.username)
  const secret = address.password?.reveal() ?? decodeURIComponent(url.password)
  const tls = usesTls(address) ? tlsOptions(address.tls ?? { insecureSkipVerify: false }) : undefined
  return {
    ...(user === '' ? {} : { username: user }),
    ...(secret === '' ? {} : { password: secret }),
    ...(tls === undefined ? {} : { tls }),
    ...(tls === undefined || sentinel === undefined ? {} : { sentinelTLS: tls }),
    ...(sentinel?.username === undefined ? {} : { sentinelUsername: sentinel.username }),
    ...(sentinel?.password === undefined ? {} : { sentinelPassword: sentinel.password.reveal() }),
  }
}

/** IPv6 addresses are in brackets in a URL, but not in a socket's options. */
function hostOf(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}
