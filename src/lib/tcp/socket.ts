/** Connections for protocols that are not HTTP: TCP or TLS, straight or through an HTTP proxy. */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { lookupHost } from '../http/host-lookup.ts'
import type { Connection } from '../http/http.ts'
import { proxyRefusal } from '../http/proxy.ts'
import { tlsOptions } from '../tls/options.ts'

export interface Address {
  readonly host: string
  readonly port: number
  /** Whether it uses TLS. */
  readonly secure: boolean
}

export interface Opened {
  readonly socket: Socket
  /** The TCP socket beneath TLS; without TLS the same socket. */
  readonly wire: Socket
}

const CONNECT_MS = 10_000
/** When the first probe is sent after the last packet; Node lets ten more follow, one per second. */
const KEEPALIVE_MS = 30_000

/** Rejects after at most ten seconds, and then leaves nothing open. */
export async function openSocket(
  address: Address,
  connection: Connection,
  giveUp: AbortSignal,
): Promise<Opened> {
  const late = AbortSignal.timeout(Math.min(connection.timeoutMs, CONNECT_MS))
  try {
    return await open(address, connection, AbortSignal.any([giveUp, late]))
  } catch (error) {
    throw late.aborted ? new Error('no connection in time', { cause: error }) : error
  }
}

async function open(address: Address, connection: Connection, signal: AbortSignal): Promise<Opened> {
  const { host, port, secure } = address
  const wire = connection.proxy
    ? await throughProxy(connection.proxy.reveal(), address, signal)
    : await opened(connectTcp({ host, port, lookup: lookupHost }), 'connect', signal)
  // Otherwise Node closes our side as soon as the receiver ends its own, before we know whether a reset follows.
  wire.allowHalfOpen = true
  wire.setKeepAlive(true, KEEPALIVE_MS).setNoDelay(true)
  if (!secure) return { socket: wire, wire }
  // A TLS failure is an error of this socket too, but the other one reports it.
  wire.on('error', () => undefined)
  try {
    return { socket: await opened(encrypted(wire, host, connection.tls), 'secureConnect', signal), wire }
  } catch (error) {
    wire.destroy()
    throw error
  }
}

function encrypted(wire: Socket, host: string, tls: Connection['tls']): Socket {
  return connectTls({
    socket: wire,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ...tlsOptions(tls),
  })
}

function opened(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const abort = () => socket.destroy(signal.reason)
    const closed = () => fail(new Error('the receiver closed the connection at once'))
    const fail = (error: Error) => {
      signal.removeEventListener('abort', abort)
      socket.destroy()
      reject(error)
    }
    signal.addEventListener('abort', abort)
    socket.once('error', fail).once('close', closed)
    socket.once(event, () => {
      signal.removeEventListener('abort', abort)
      socket.off('error', fail).off('close', closed)
      resolve(socket)
    })
    if (signal.aborted) abort()
  })
}

/** RFC 9110, 9.3.6. */
function throughProxy(proxy: string, { host, port }: Address, signal: AbortSignal): Promise<Socket> {
  const { protocol, hostname, port: proxyPort, username, password } = new URL(proxy)
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  // Importing them would also load their other exports: a tenth of a second for every command.
  const { request: send } = process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http')
  const request = send({
    method: 'CONNECT',
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxyPort,
    path: target,
    agent: false,
    lookup: lookupHost,
    headers: {
      host: target,
      ...(username && { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
    },
    signal,
  })
  return new Promise((resolve, reject) => {
    request.once('connect', (answer, socket) => {
      if (answer.statusCode === 200) return resolve(socket as Socket)
      socket.destroy()
      reject(proxyRefusal(proxy, answer.statusCode ?? 0))
    })
    request.once('response', (answer) => {
      answer.destroy()
      reject(proxyRefusal(proxy, answer.statusCode ?? 0))
    })
    request.once('error', reject)
    request.end()
  })
}
