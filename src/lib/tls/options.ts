/** The `tls` options of a connection in Node's terms. */
import { readFileSync } from 'node:fs'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import { lookupHost } from '../http/host-lookup.ts'
import type { Connection } from '../http/http.ts'

type TlsOptions = Partial<Record<'ca' | 'cert' | 'key', Buffer>> &
  Pick<ConnectionOptions, 'rejectUnauthorized' | 'lookup'>

/** The last usable options of each component. */
const USABLE = new WeakMap<Connection['tls'], TlsOptions>()

/**
 * Files are read with each call, since certificates are renewed while the program runs. While they are being replaced
 * (one is away or half written, or the key does not match the certificate yet), the previous ones stay. Throws file
 * system errors. Also makes clients that open their own connections look up hosts as all others do.
 */
export function tlsOptions(tls: Connection['tls']): TlsOptions {
  const before = USABLE.get(tls)
  try {
    const found = read(tls)
    if (isDeepStrictEqual(found, before)) return found
    if (isUsable(found)) USABLE.set(tls, found)
    else if (before !== undefined) return before
    return found
  } catch (error) {
    if (before === undefined) throw error
    return before
  }
}

function read({ caFile, certFile, keyFile, insecureSkipVerify }: Connection['tls']): TlsOptions {
  return {
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    ...(certFile !== undefined && { cert: readFileSync(certFile) }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
    rejectUnauthorized: !insecureSkipVerify,
    lookup: lookupHost,
  }
}

function isUsable({ ca, cert, key }: TlsOptions): boolean {
  try {
    createSecureContext({ ca, cert, key })
    return isWhole(ca) && isWhole(cert)
  } catch {
    return false
  }
}

/** Checked because Node also makes a context of half a certificate, or of none, and then trusts nobody. */
function isWhole(pem: Buffer | undefined): boolean {
  if (pem === undefined) return true
  const count = (line: RegExp) => pem.toString().match(line)?.length ?? 0
  const ended = count(/-----END [^-]+-----/g)
  return ended > 0 && ended === count(/-----BEGIN /g)
}
