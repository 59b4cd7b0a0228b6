/** A connection that broke without an answer: what that may mean. */
import { errorCode, messageOf } from '../../errors.ts'
import { memberAt } from '../members.ts'

/** What undici calls it. */
const CLOSED = 'UND_ERR_SOCKET'

/**
 * The server closed a connection that it had answered on before, as the next request went out: it had been idle for
 * longer than the server keeps one, as a rule.
 */
export function wasKeptTooLong(thrown: unknown): boolean {
  return errorCode(thrown) === CLOSED && hadAnswered(thrown) && !wasUnasked(thrown)
}

/**
 * In TLS 1.3 a server looks at the client's certificate when the handshake is over on this side, and some say nothing of
 * it: HAProxy and Node close a new connection. That may be a server in trouble as well, so it is only a hint.
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
