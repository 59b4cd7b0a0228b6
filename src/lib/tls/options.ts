/** What the `tls` options of a connection mean to Node's TLS. */
import { readFileSync } from 'node:fs'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import { lookupHost } from '../http/host-lookup.ts'
import type { Connection } from '../http/http.ts'

type TlsOptions = Partial<Record<'ca' | 'cert' | 'key', Buffer>> &
  Pick<ConnectionOptions, 'rejectUnauthorized' | 'lookup'>

/** What was found last, of each component, that can be used. */
const USABLE = new WeakMap<Connection['tls'], TlsOptions>()

/**
 * Files are read with each call: certificates are renewed while the program runs. While they are being replaced, it goes
 * on with those before: one is away or half written, or the key is not yet that of the certificate. Throws what the file
 * system says. Of clients that open their connections themselves, it is the only way to have hosts looked up as others are.
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

/** A context is made of half a certificate as well, and of none: it then trusts nobody. */
function isWhole(pem: Buffer | undefined): boolean {
  if (pem === undefined) return true
  const count = (line: RegExp) => pem.toString().match(line)?.length ?? 0
  const ended = count(/-----END [^-]+-----/g)
  return ended > 0 && ended === count(/-----BEGIN /g)
}
