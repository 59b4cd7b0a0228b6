/** The way to the cluster: one producer of the package at a time, replaced after anything that leaves it in doubt. */
import type { Base, Connection, Producer } from '@platformatic/kafka'
import type { SinkContext } from '../../../src/connector.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { loadPackage } from '../../../src/lib/optional-package.ts'
import { tlsOptions } from '../../../src/lib/tls/options.ts'
import { type Config, hasAddress } from './config.ts'
import { NO_PROXY } from './failure.ts'
import { createLogin } from './sasl.ts'

type Kafka = typeof import('@platformatic/kafka')

export interface Session {
  readonly kafka: Kafka
  readonly producer: Producer<Buffer, Buffer, Buffer, Buffer>
  /** Adds what a connection said when it broke, which the package does not pass on to those who wait. */
  explain(error: unknown): unknown
  /** Closes every connection at once: what is under way fails. */
  end(): Promise<void>
}

const METADATA_MS = 60_000
/** Azure silently drops a connection that was idle for 240 s. */
const IDLE_MS = 180_000
/** Share of a write's timeout: a silent broker is given up while the answers of others still count. */
const SHARE_OF_REQUEST = 0.8
/** A broker that waits for its replicas answers sooner than that, so that success on its other partitions is heard. */
const SHARE_OF_REPLICAS = 0.6
/** Leaves time to try another broker. */
const SHARE_OF_CONNECT = 0.3

export function createClient(config: Config, context: SinkContext) {
  const login = createLogin(config.sasl, context)
  const { timeoutMs, tls, proxy } = context.connection
  const brokers = [...config.brokers]
  let current: Session | undefined
  let usedAt = 0
  let isClosed = false

  const start = (kafka: Kafka): Session => {
    const sasl = login.optionsFor(kafka)
    const producer: Session['producer'] = new kafka.Producer({
      clientId: config.client_id,
      bootstrapBrokers: [...brokers],
      idempotent: config.idempotent,
      // Asks for a new id instead of continuing with an old one.
      ...(config.idempotent && { producerId: -1n, producerEpoch: -1 }),
      // Retrying is the engine's decision. A number of 1 or less would mean for ever.
      retries: false,
      repeatOnStaleMetadata: false,
      autocreateTopics: false,
      metadataMaxAge: METADATA_MS,
      timeout: Math.ceil(timeoutMs * SHARE_OF_REPLICAS),
      requestTimeout: Math.ceil(timeoutMs * SHARE_OF_REQUEST),
      connectTimeout: Math.ceil(timeoutMs * SHARE_OF_CONNECT),
      ...(config.encryption === 'tls' && {
        tls: tlsOptions(tls),
        // Clusters behind one address tell their brokers apart by this name. An IP address is not allowed (RFC 6066, 3).
        tlsServerName: !brokers.some(hasAddress),
      }),
      ...(sasl && { sasl }),
    })
    // The package asks the first that accepts a connection, even when that one never answers.
    brokers.push(...brokers.splice(0, 1))
    return { kafka, producer, ...trackConnections(producer) }
  }

  const client = {
    /**
     * Works with the session in use, or a new one; what throws, or is aborted, leaves it in doubt. Throws where the
     * package is missing, and after `close`.
     */
    async use<Result>(work: (session: Session) => Promise<Result>, signal: AbortSignal): Promise<Result> {
      const kafka = await loadPackage('@platformatic/kafka@2.12.1', () => import('@platformatic/kafka'))
      if (proxy !== undefined) throw new kafka.UserError(NO_PROXY)
      if (context.now() - usedAt > IDLE_MS) await client.discard()
      if (isClosed) throw new Error('the sink is closed')
      current ??= start(kafka)
      const session = current
      try {
        return await abortable(work(session), signal)
      } catch (error) {
        await client.discard()
        throw session.explain(error)
      } finally {
        usedAt = context.now()
      }
    },
    /** The session in use is in doubt: the next caller gets a new one. */
    async discard() {
      const last = current
      current = undefined
      await last?.end()
    },
    async close() {
      isClosed = true
      await client.discard()
      await login.close?.()
    },
  }
  return client
}

/** The package forgets a connection that failed, with its timers and a socket that may still say something. */
function trackConnections(producer: Base): Pick<Session, 'explain' | 'end'> {
  let broken: Error | undefined
  const connections = new Set<Connection>()
  const finish = (connection: Connection) => {
    connections.delete(connection)
    void connection.close().catch(() => undefined)
    connection.socket?.destroy()
  }
  producer.connections.on('connecting', ({ connection }: { connection: Connection }) => {
    connections.add(connection)
    connection.on('error', (error) => {
      broken = error
    })
    connection.once('close', () => finish(connection))
  })
  return {
    explain: (error) => (broken === undefined ? error : new AggregateError([error, broken])),
    async end() {
      const closed = producer.close()
      for (const connection of connections) finish(connection)
      await closed.catch(() => undefined)
    },
  }
}
