/** What the `tls` options of a connection mean to Node's TLS. */
import { readFileSync } from 'node:fs'
import type { Connection } from './http.ts'

/** Files are read with each call: certificates are renewed while the program runs. Throws what the file system says. */
export function tlsOptions(
  tls: Connection['tls'],
): Partial<Record<'ca' | 'cert' | 'key', Buffer>> & { readonly rejectUnauthorized: boolean } {
  const { caFile, certFile, keyFile, insecureSkipVerify } = tls
  return {
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    ...(certFile !== undefined && { cert: readFileSync(certFile) }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
    rejectUnauthorized: !insecureSkipVerify,
  }
}
