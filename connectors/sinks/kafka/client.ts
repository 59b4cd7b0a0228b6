/** The way to the cluster: one producer of the package at a time, made anew after whatever leaves doubt about it. */
import type { Base, Connection, ConnectionOptions, Producer } from '@platformatic/kafka'
import type { SinkContext } from '../../../src/connector.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { loadPackage } from '../../../src/lib/optional-package.ts'
import { tlsOptions } from '../../../src/lib/tls-options.ts'
import { type Config, hasAddress } from './config.ts'
import { createSaslOptions, scramOf } from './sasl.ts'

export type Kafka = typeof import('@platformatic/kafka')
export type BytesProducer = Producer<Buffer, Buffer, Buffer, Buffer>

export interface Session {
  readonly kafka: Kafka
  readonly producer: BytesProducer
  /** Adds what a connection said when it broke, which the package keeps from those who wait. */
  explain(error: unknown): unknown
  /** Closes every connection at once: what is under way fails. */
  end(): Promise<void>
}

export interface KafkaClient {
  /**
   * Works with the session in use, or a new one; what throws, or is aborted, leaves it in doubt. Throws where the
   * package is missing, and after `close`.
   */
  use<Result>(work: (session: Session) => Promise<Result>, signal: AbortSignal): Promise<Result>
  /** The session in use is in doubt: whoever comes next gets a new one. */
  discard(): Promise<void>
  close(): Promise<void>
}

const METADATA_MS = 60_000
/** Of the time-out of a write: a broker that says nothing is given up while the answers of others still count. */
const SHARE_OF_REQUEST = 0.8
/** A broker that waits for its replicas answers sooner than that, so that its other partitions' success is heard. */
const SHARE_OF_REPLICAS = 0.6
/** So that there is time for another broker. */
const SHARE_OF_CONNECT = 0.3

export function createClient(config: Config, context: SinkContext): KafkaClient {
  const sasl = createSaslOptions(config.sasl, context)
  const brokers = [...config.brokers]
  let current: Session | undefined
  let isClosed = false
  const discard = async () => {
    const last = current
    current = undefined
    await last?.end()
  }
  return {
    async use(work, signal) {
      const kafka = await loadPackage('@platformatic/kafka@2.12.1', () => import('@platformatic/kafka'))
      if (isClosed) throw new Error('the sink is closed')
      if (current === undefined) {
        current = start(kafka, { ...config, brokers: [...brokers] }, context, sasl.options)
        // The package asks the first that accepts a connection, even when that one never answers.
        brokers.push(...brokers.splice(0, 1))
      }
      const session = current
      try {
        return await abortable(work(session), signal)
      } catch (error) {
        await discard()
        throw session.explain(error)
      }
    },
    discard,
    async close() {
      isClosed = true
      await discard()
      await sasl.close?.()
    },
  }
}

function start(
  kafka: Kafka,
  config: Config,
  { connection }: SinkContext,
  sasl: ConnectionOptions['sasl'],
): Session {
  const { timeoutMs, tls } = connection
  const producer: BytesProducer = new kafka.Producer({
    clientId: config.client_id,
    bootstrapBrokers: config.brokers,
    idempotent: config.idempotent,
    // Asks for a new id, instead of going on with one.
    ...(config.idempotent && { producerId: -1n, producerEpoch: -1 }),
    // The engine decides about that. A number of 1 or less would mean for ever.
    retries: false,
    repeatOnStaleMetadata: false,
    autocreateTopics: false,
    metadataMaxAge: METADATA_MS,
    timeout: Math.ceil(timeoutMs * SHARE_OF_REPLICAS),
    requestTimeout: Math.ceil(timeoutMs * SHARE_OF_REQUEST),
    connectTimeout: Math.ceil(timeoutMs * SHARE_OF_CONNECT),
    ...(config.encryption === 'tls' && {
      tls: tlsOptions(tls),
      // Clusters behind one address tell their brokers apart by it. An address can't be one (RFC 6066, 3).
      tlsServerName: !config.brokers.some(hasAddress),
    }),
    ...(sasl && { sasl }),
    ...(sasl?.mechanism.startsWith('SCRAM') && { sasl: { ...sasl, authenticate: scramOf(kafka) } }),
  })
  return { kafka, producer, ...trackConnections(producer) }
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
      for (const connection of [...connections]) finish(connection)
      await closed.catch(() => undefined)
    },
  }
}
