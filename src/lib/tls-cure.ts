/** What mends TLS that failed for a reason of its own; the rest is the authority's and the name's. */
import { messageOf } from '../errors.ts'

/** Undefined when it is for `tls.ca_file`, or the host name, to mend; or when it is not TLS that failed. */
export function tlsCure(error: unknown): string | undefined {
  const text = messageOf(error)
  return CURES.find(([says]) => says.test(text))?.[1]
}

/** Words of OpenSSL; what a server of TLS 1.1 answers is an alert, or a version that is too old. */
const CURES: readonly (readonly [RegExp, string])[] = [
  [
    /certificate has expired/i,
    'let the certificate of the server be renewed, or mend the clock of this machine',
  ],
  [
    /certificate is not yet valid/i,
    'mend the clock of this machine, or let the server show a certificate that is valid by now',
  ],
  [
    /plain HTTP request was sent to HTTPS port|plain HTTP to an SSL-enabled|HTTP request to an HTTPS server/,
    'TLS is spoken there, so the address begins with https://',
  ],
  [/alert protocol version|unsupported protocol|version too low/i, 'let the server speak TLS 1.2 or 1.3'],
  // By any other alert it is the server that refuses: mostly for a client certificate.
  [
    /No required SSL certificate was sent|The SSL certificate error|SSL routines.*\balert\b|CERTIFICATE_REQUIRED/,
    'let `tls.cert_file` and `tls.key_file` name a client certificate that the server trusts and that has not expired',
  ],
]
