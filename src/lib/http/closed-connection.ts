/** A connection that broke without an answer: what that may mean. */
import { errorCode, messageOf } from '../../errors.ts'
import { memberAt } from '../members.ts'

/** What undici calls it. */
const CLOSED = 'UND_ERR_SOCKET'

/**
 * Whether the server closed a connection that it had answered on before, just as the next request went out: usually
 * because it had been idle for longer than the server allows.
 */
export function wasKeptTooLong(thrown: unknown): boolean {
  return errorCode(thrown) === CLOSED && hadAnswered(thrown) && !wasUnasked(thrown)
}

/**
 * In TLS 1.3 a server checks the client's certificate after the handshake is over on this side, and some refuse it
 * silently: HAProxy and Node close the new connection. That may also be a server in trouble, so this is only a hint.
 */
export function closedInWords(thrown: unknown, url: string): unknown {
  const code = errorCode(thrown)
  if (wasUnasked(thrown)) return Object.assign(new Error(UNASKED), { code })
  const isClosed = code === 'ECONNRESET' || (code === CLOSED && !hadAnswered(thrown))
  if (!isClosed || !url.startsWith('https:')) return thrown
  return Object.assign(new Error(`${messageOf(thrown)}; ${HINT}`), { code })
}

const HINT = 'if it stays so, the server may want a client certificate (`tls.cert_file`), or another one'

/** undici ends the connection at a `100 Continue`; RFC 9110, 15.2.1 would have it skipped. */
function wasUnasked(thrown: unknown): boolean {
  return errorCode(thrown) === CLOSED && messageOf(thrown) === 'bad response'
}

const UNASKED =
  'the server, or a proxy before it, sends "100 Continue" without having been asked, and its answer is not read: switch that off there'

function hadAnswered(thrown: unknown): boolean {
  return Number(memberAt(thrown, ['socket', 'bytesRead']) ?? 0) > 0
}
