/** Connections for protocols that are not HTTP: TCP or TLS, straight or through an HTTP proxy. */
import { readFileSync } from 'node:fs'
import { isIP, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Connection } from './http.ts'

export interface Address {
  readonly host: string
  readonly port: number
  /** With TLS. */
  readonly secure: boolean
}

const CONNECT_MS = 10_000
/** The first probe after so long without a packet; Node lets ten more follow, one a second. */
const KEEPALIVE_MS = 30_000

/** Rejects after ten seconds at the latest, and leaves nothing open then. */
export async function openSocket(
  address: Address,
  connection: Connection,
  giveUp: AbortSignal,
): Promise<Socket> {
  const late = AbortSignal.timeout(Math.min(connection.timeoutMs, CONNECT_MS))
  try {
    return await open(address, connection, AbortSignal.any([giveUp, late]))
  } catch (error) {
    throw late.aborted ? new Error('no connection in time', { cause: error }) : error
  }
}

async function open(address: Address, connection: Connection, signal: AbortSignal): Promise<Socket> {
  const { host, port, secure } = address
  const tunnel = connection.proxy && (await throughProxy(connection.proxy.reveal(), address, signal))
  // Node's TLS ignores what follows a close_notify, a reset too, on all sockets but those that connect beneath it.
  const raw = tunnel ?? new Socket({ allowHalfOpen: secure })
  raw.setKeepAlive(true, KEEPALIVE_MS).setNoDelay(true)
  if (!secure) return tunnel ?? opened(raw.connect({ host, port }), 'connect', signal)
  const { caFile, certFile, keyFile, insecureSkipVerify } = connection.tls
  // Read anew each time: certificates are renewed while the program runs.
  const socket = connectTls({
    socket: raw,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ...(caFile && { ca: readFileSync(caFile) }),
    ...(certFile && { cert: readFileSync(certFile) }),
    ...(keyFile && { key: readFileSync(keyFile) }),
    rejectUnauthorized: !insecureSkipVerify,
  })
  if (tunnel === undefined) raw.connect({ host, port })
  return opened(socket, 'secureConnect', signal)
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
  // An import of them loads what else they export: a tenth of a second for every command.
  const { request: send } = process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http')
  const request = send({
    method: 'CONNECT',
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxyPort,
    path: target,
    agent: false,
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
      reject(new Error(`the proxy answered CONNECT with HTTP ${answer.statusCode}`))
    })
    request.once('response', (answer) => {
      answer.destroy()
      reject(new Error(`the proxy answered CONNECT with HTTP ${answer.statusCode}`))
    })
    request.once('error', reject)
    request.end()
  })
}
