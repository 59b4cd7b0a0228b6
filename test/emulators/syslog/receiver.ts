/** A strict syslog receiver on loopback, over TCP or TLS, that can misbehave on demand. */
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { listen } from '../../loopback.ts'
import { createFrameReader, type Framing } from './frames.ts'
import { readMessage, type SyslogMessage } from './message.ts'

export interface SyslogOptions {
  /** Default: octet counting with TLS, LF without TLS. */
  readonly framing?: Framing
  readonly tls?: {
    readonly key: string
    readonly cert: string
    /** Requires a client certificate of this authority. */
    readonly clientCa?: string
    readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  }
  readonly maxBytes?: number
  /** Reads each message but keeps only its uid: keeping the rest costs more than reading it. */
  readonly onlyUids?: boolean
  /** The port of an earlier receiver that was stopped. */
  readonly port?: number
}

export interface SyslogReceiver {
  readonly port: number
  readonly endpoint: string
  /** Messages of connections that ended well or are still open. */
  readonly messages: readonly SyslogMessage[]
  /** Input that was no frame, no message, or half a message at the end of a connection. */
  readonly faults: readonly string[]
  /** The number of connections so far. */
  connections(): number
  /** The number of open connections. */
  open(): number
  /** The next data on a connection is lost: the connection is reset, or nothing more is read from it. */
  fail(fault: { readonly reset: true } | { readonly hang: true }, times: number): void
  /** Stops reading; `resume` goes on. */
  pause(): void
  resume(): void
  /** Sends FIN once everything received is read. */
  closeAll(): void
  resetAll(): void
  /** Uids in order of arrival, once no more data comes in. */
  uids(): Promise<string[]>
  stop(): Promise<void>
}

export async function startSyslogReceiver(options: SyslogOptions = {}): Promise<SyslogReceiver> {
  const {
    tls,
    framing = tls === undefined ? 'lf' : 'octet_counting',
    maxBytes = 1 << 20,
    onlyUids = false,
  } = options
  const uids: string[] = []
  /** As received: if parsed messages were kept, most of the work would be garbage collection. */
  const kept: Buffer[] = []
  const faults: string[] = []
  const failing: ('reset' | 'hang')[] = []
  /** The accepted sockets, TLS or not. */
  const sockets = new Set<Socket>()
  const streams = new Set<Socket>()
  let [paused, connections, chunks] = [false, 0, 0]

  const serve = (stream: Socket, raw: Socket) => {
    const frames = createFrameReader(framing, maxBytes)
    streams.add(stream)
    if (paused) stream.pause()
    stream.on('error', () => undefined)
    stream.on('close', () => streams.delete(stream))
    stream.on('end', () => {
      if (frames.rest() > 0) faults.push(`half a message of ${frames.rest()} bytes`)
    })
    stream.on('data', (chunk: Buffer) => {
      chunks++
      const fault = failing.shift()
      if (fault === 'reset') return raw.resetAndDestroy()
      if (fault === 'hang') return stream.pause().removeAllListeners('data')
      try {
        for (const frame of frames.push(chunk)) {
          uids.push(uidOf(readMessage(frame)))
          if (!onlyUids) kept.push(frame)
        }
      } catch (error) {
        faults.push((error as Error).message)
        stream.destroy()
      }
    })
  }

  const server: Server =
    tls === undefined
      ? createServer((socket) => serve(socket, socket))
      : createTlsServer({
          ...{ key: tls.key, cert: tls.cert, maxVersion: tls.maxVersion ?? 'TLSv1.3' },
          ...(tls.maxVersion === 'TLSv1.1' && { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }),
          ...(tls.clientCa !== undefined && {
            ca: tls.clientCa,
            requestCert: true,
            rejectUnauthorized: true,
          }),
        })
  const accepted = new Map<number | undefined, Socket>()
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    accepted.set(socket.remotePort, socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('secureConnection', (stream: Socket) => serve(stream, accepted.get(stream.remotePort) ?? stream))
  const port = await listen(server, options.port)

  return {
    port,
    endpoint: `${tls === undefined ? 'tcp' : 'tls'}://127.0.0.1:${port}`,
    get messages() {
      return kept.map(readMessage)
    },
    faults,
    connections: () => connections,
    open: () => sockets.size,
    fail: (fault, times) => void failing.push(...new Array(times).fill('reset' in fault ? 'reset' : 'hang')),
    pause() {
      paused = true
      for (const stream of streams) stream.pause()
    },
    resume() {
      paused = false
      for (const stream of streams) stream.resume()
    },
    closeAll() {
      for (const stream of streams) stream.end()
    },
    resetAll() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async uids() {
      for (let before = -1; before !== chunks; ) {
        before = chunks
        await sleep(40)
        // On a busy machine the time is over before the event loop has looked at the sockets.
        await nextTurn()
      }
      if (faults.length > 0) throw new Error(faults.join('; '))
      return [...uids]
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** A string of its own: a slice would keep the whole message in memory. */
function uidOf({ data }: SyslogMessage): string {
  for (const parameters of data.values()) return Buffer.from(parameters.get('uid') ?? '').toString()
  return ''
}
