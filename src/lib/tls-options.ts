/** What the `tls` options of a connection mean to Node's TLS. */
import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { lookupHost } from './host-lookup.ts'
import type { Connection } from './http.ts'

/**
 * Files are read with each call: certificates are renewed while the program runs. Throws what the file system says. Of
 * clients that open their connections themselves, it is the only way to have hosts looked up as others are.
 */
export function tlsOptions(
  tls: Connection['tls'],
): Partial<Record<'ca' | 'cert' | 'key', Buffer>> & Pick<ConnectionOptions, 'rejectUnauthorized' | 'lookup'> {
  const { caFile, certFile, keyFile, insecureSkipVerify } = tls
  return {
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    ...(certFile !== undefined && { cert: readFileSync(certFile) }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
    rejectUnauthorized: !insecureSkipVerify,
    lookup: lookupHost,
  }
}
