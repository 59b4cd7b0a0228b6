/** The way to the cluster: one producer of the package at a time, made anew after whatever leaves doubt about it. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { Base, Connection, ConnectionOptions, Producer } from '@platformatic/kafka'
import type { SinkContext } from '../../../src/connector.ts'
import { loadPackage } from '../../../src/lib/optional-package.ts'
import { brokersOf, type Config } from './config.ts'
import { createSaslOptions } from './sasl.ts'

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
  /** The one in use, or a new one. Throws where the package is missing. */
  session(): Promise<Session>
  /** The one in use, or this one, is in doubt: whoever comes next gets a new one. */
  discard(session?: Session): Promise<void>
  close(): Promise<void>
}

const CONNECT_MS = 10_000
const METADATA_MS = 60_000

export function createClient(config: Config, context: SinkContext): KafkaClient {
  const sasl = createSaslOptions(config.sasl, context)
  let current: Promise<Session> | undefined
  const open = async (): Promise<Session> => {
    const kafka = await loadPackage('@platformatic/kafka@2.12.1', () => import('@platformatic/kafka'))
    return start(kafka, config, context, sasl.options)
  }
  const discard = async (session?: Session) => {
    const held = current
    const last = await held?.catch(() => undefined)
    if (session !== undefined && session !== last) return session.end()
    if (current === held) current = undefined
    return last?.end()
  }
  return {
    session() {
      const opened = current ?? open()
      current = opened
      // A failed opening isn't kept.
      opened.catch(() => {
        if (current === opened) current = undefined
      })
      return opened
    },
    discard,
    async close() {
      await discard()
      await sasl.close()
    },
  }
}

function start(
  kafka: Kafka,
  config: Config,
  { connection }: SinkContext,
  sasl: ConnectionOptions['sasl'],
): Session {
  const { timeoutMs } = connection
  const producer: BytesProducer = new kafka.Producer({
    clientId: config.client_id,
    bootstrapBrokers: brokersOf(config),
    idempotent: config.idempotent,
    // Asks for a new id, instead of going on with one.
    ...(config.idempotent && { producerId: -1n, producerEpoch: -1 }),
    // The engine decides about that. A number of 1 or less would mean for ever.
    retries: false,
    repeatOnStaleMetadata: false,
    autocreateTopics: false,
    metadataMaxAge: METADATA_MS,
    timeout: timeoutMs,
    requestTimeout: timeoutMs,
    connectTimeout: Math.min(timeoutMs, CONNECT_MS),
    ...(config.encryption === 'tls' && tlsOptions(config, connection.tls)),
    ...(sasl && { sasl }),
  })
  return { kafka, producer, ...trackConnections(producer) }
}

/** Files are read at each start: certificates are renewed while the program runs. */
function tlsOptions(
  config: Config,
  { caFile, certFile, keyFile, insecureSkipVerify }: SinkContext['connection']['tls'],
): Pick<ConnectionOptions, 'tls' | 'tlsServerName'> {
  return {
    tls: {
      ...(caFile && { ca: readFileSync(caFile) }),
      ...(certFile && { cert: readFileSync(certFile) }),
      ...(keyFile && { key: readFileSync(keyFile) }),
      rejectUnauthorized: !insecureSkipVerify,
    },
    // Clusters behind one address tell their brokers apart by it. An address can't be one (RFC 6066, 3).
    tlsServerName: brokersOf(config).every(({ host }) => isIP(host) === 0),
  }
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
