/**
 * Brokers on loopback that speak as much of Kafka's protocol as a producer needs, check what they receive, and can
 * misbehave: https://kafka.apache.org/protocol
 */
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { listen } from '../../loopback.ts'
import { serve } from './connection.ts'
import {
  type Api,
  type ClusterOptions,
  createPartitions,
  createState,
  type Fault,
  type Kept,
  type Refusal,
} from './state.ts'

export interface KafkaCluster {
  /** `host:port` of each broker. */
  readonly bootstrap: readonly string[]
  readonly topic: string
  /** In order of arrival; empty if only uids are kept. */
  readonly kept: Kept[]
  readonly requests: readonly string[]
  /** Values of the header `event_uid`, in order of arrival. */
  uids(): string[]
  /** Answers the next requests with this error code of the protocol. */
  refuse(api: Api, refusal: Refusal, times?: number): void
  /** Refuses each batch that holds the event, and names its index. */
  refuseRecord(uid: string, code: number, message?: string): void
  /** Cuts the connection at the next Produce, or never answers it. */
  fail(fault: Fault, times?: number): void
  /** Makes every producer unknown from now on. */
  forgetProducers(): void
  /** Gives the topic more partitions. */
  grow(count: number): void
  /** Deletes the topic and creates it again: no partition knows a producer any more. */
  remake(count: number): void
  /** Gives each partition another leader. */
  moveLeaders(): void
  /** How long the last Produce was willing to wait for replicas. */
  replicasMs(): number
  /** The number of open connections. */
  open(): number
  resetAll(): void
  stop(): Promise<void>
}

export async function startKafkaCluster(options: ClusterOptions = {}): Promise<KafkaCluster> {
  const state = createState(options)
  const sockets = new Set<Socket>()
  const servers: Server[] = []
  for (let broker = 0; broker < (options.brokers ?? 1); broker++) {
    const server = listener(options, (socket, raw) => serve(state, broker, socket, raw))
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    })
    const port = await listen(server, broker === 0 ? options.port : undefined)
    servers.push(server)
    state.addresses.push({ host: '127.0.0.1', port })
  }
  const bootstrap = state.addresses.map(({ host, port }) => `${host}:${port}`)
  if (options.advertised !== undefined) state.addresses[state.addresses.length - 1] = options.advertised

  return {
    bootstrap,
    topic: state.topic,
    kept: state.kept,
    requests: state.requests,
    uids: () =>
      options.onlyUids ? [...state.uids] : state.kept.map(({ headers }) => headers.get('event_uid') ?? ''),
    refuse: (api, refusal, times = 1) => void state.refusals[api].push(...new Array(times).fill(refusal)),
    refuseRecord: (uid, code, message = 'refused') => void state.badRecords.set(uid, { code, message }),
    fail: (fault, times = 1) => void state.faults.push(...new Array(times).fill(fault)),
    forgetProducers() {
      for (const { sequences } of state.partitions) sequences.forget()
    },
    grow: (count) => void state.partitions.push(...createPartitions(count - state.partitions.length)),
    remake: (count) => void state.partitions.splice(0, state.partitions.length, ...createPartitions(count)),
    moveLeaders: () => void state.shift++,
    replicasMs: () => state.timeoutMs,
    open: () => sockets.size,
    resetAll() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async stop() {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
      for (const socket of sockets) socket.destroy()
      await Promise.all(closed)
    },
  }
}

function listener({ tls }: ClusterOptions, accept: (socket: Socket, raw: Socket) => void): Server {
  if (tls === undefined) return createServer((socket) => accept(socket, socket))
  const { key, cert, clientCa } = tls
  const mutual = clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  const raws = new Map<number | undefined, Socket>()
  const server = createTlsServer({ key, cert, ...mutual })
  server.on('connection', (socket: Socket) => void raws.set(socket.remotePort, socket))
  server.on('tlsClientError', () => undefined)
  server.on('secureConnection', (socket: Socket) => accept(socket, raws.get(socket.remotePort) ?? socket))
  return server
}
