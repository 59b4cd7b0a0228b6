/** What mends TLS failures, apart from those about the certificate authority and the host name. */
import { messageOf } from '../../errors.ts'

/** Undefined if `tls.ca_file` or the host name must be mended, or if it was not TLS that failed. */
export function tlsCure(error: unknown): string | undefined {
  return found(CURES, error)
}

/** The same for a connection with options called `tls`, where an alert is about our own certificate. */
export function tlsOptionsCure(error: unknown): string | undefined {
  return tlsCure(error) ?? found(ALERTS, error)
}

type Cures = readonly (readonly [RegExp, string])[]

function found(cures: Cures, error: unknown): string | undefined {
  const text = messageOf(error)
  return cures.find(([says]) => says.test(text))?.[1]
}

const OTHER_CERTIFICATE =
  'let `tls.cert_file` and `tls.key_file` name a client certificate that the server trusts and that has not expired'

/** OpenSSL's words; a server with TLS 1.1 answers with an alert, or a version that is too old. */
const CURES: Cures = [
  [
    /certificate has expired/i,
    'let the certificate of the server be renewed, or mend the clock of this machine',
  ],
  [
    /certificate is not yet valid/i,
    'mend the clock of this machine, or let the server show a certificate that is valid by now',
  ],
  [/No required SSL certificate was sent|The SSL certificate error/, OTHER_CERTIFICATE],
  [
    /plain HTTP request was sent to HTTPS port|plain HTTP to an SSL-enabled|HTTP request to an HTTPS server/,
    'TLS is spoken there, so the address begins with https://',
  ],
  [/alert protocol version|unsupported protocol|version too low/i, 'let the server speak TLS 1.2 or 1.3'],
]

const ALERTS: Cures = [
  [
    /alert (bad certificate|unsupported certificate|certificate \w+|unknown ca|decrypt error|access denied)|CERTIFICATE_REQUIRED/i,
    OTHER_CERTIFICATE,
  ],
  [
    /alert handshake failure/i,
    'the server may want a client certificate: set `tls.cert_file` and `tls.key_file`',
  ],
]
