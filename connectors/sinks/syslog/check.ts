/** Online test of reach: opens a connection and sees whether it stays open. No message is sent. */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { CheckResult, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { needsPerson } from '../../../src/lib/http/outcome.ts'
import { createLink } from '../../../src/lib/tcp/link.ts'
import { type Address, openSocket } from '../../../src/lib/tcp/socket.ts'
import { tlsOptionsCure } from '../../../src/lib/tls/cure.ts'
import { addressOf, type Config } from './config.ts'

/** A receiver that rejects a client certificate or an address says so only after the handshake. */
const STAY_MS = 500

export async function checkReceiver(
  config: Config,
  { connection }: SinkContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  const address = addressOf(config.endpoint)
  try {
    const opened = await openSocket(address, connection, signal)
    const link = createLink(opened, connection.timeoutMs)
    const detail = describe(opened.socket, address)
    await link.stayOpen(STAY_MS)
    await link.close()
    return { ok: true, detail, cure: '' }
  } catch (error) {
    return { ok: false, detail: messageOf(error), cure: cureOf(error, address) }
  }
}

function describe(socket: Socket, { host, port }: Address): string {
  const place = `${host}:${port}`
  if (!(socket instanceof TLSSocket)) return `a connection to ${place} stays open; it is not encrypted`
  const name = socket.getPeerCertificate().subject?.CN
  return `a connection to ${place} stays open; ${socket.getProtocol()}${name === undefined ? '' : `, certificate of ${name}`}`
}

function cureOf(error: unknown, { secure }: Address): string {
  const message = messageOf(error)
  if (/ENOTFOUND|EAI_AGAIN/.test(message)) return 'check the host name in `endpoint`'
  const ofTls = tlsOptionsCure(error)
  if (ofTls !== undefined) return ofTls
  if (/proxy/.test(message)) return 'check `proxy`, and that it lets CONNECT through to that host and port'
  if (needsPerson(error))
    return 'let `tls.ca_file` name the CA of the certificate, and reach the host by a name in it; a receiver without TLS has a tcp:// address'
  if (/closed|disconnected|ECONNRESET/.test(message))
    return `let the receiver accept this sender's address${secure ? ' and certificate' : '; if it speaks TLS, use tls://'}`
  return 'check host and port in `endpoint`, that the receiver listens for syslog over TCP there, and the firewall between'
}
