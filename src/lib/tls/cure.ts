/** What mends TLS that failed for a reason of its own; the rest is the authority's and the name's. */
import { messageOf } from '../../errors.ts'

/** Undefined when it is for `tls.ca_file`, or the host name, to mend; or when it is not TLS that failed. */
export function tlsCure(error: unknown): string | undefined {
  return found(CURES, error)
}

/** The same of a connection with options called `tls`, where an alert is a word on our own certificate. */
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

/** Words of OpenSSL; what a server of TLS 1.1 answers is an alert, or a version that is too old. */
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
    /alert (bad certificate|unsupported certificate|certificate \w+|unknown ca|access denied)|CERTIFICATE_REQUIRED/i,
    OTHER_CERTIFICATE,
  ],
  [
    /alert handshake failure/i,
    'the server may want a client certificate: set `tls.cert_file` and `tls.key_file`',
  ],
]
