import type { z } from 'zod'
import type { Connection } from '../../lib/http/http.ts'
import type { Secret } from '../../lib/secret.ts'
import type { tlsOptions } from '../connection-options.ts'
import { type SectionContext, warnAt } from '../section.ts'
import type { Path } from '../tree.ts'

type TlsOptions = Partial<z.output<typeof tlsOptions>> & { readonly insecure_skip_verify: boolean }

/** How a component reaches its server. `path` is that of the component. */
export function resolveConnection(
  options: { tls: TlsOptions; proxy?: Secret | undefined },
  timeoutMs: number,
  path: Path,
  context: SectionContext,
): Connection {
  const { tls, proxy } = options
  warnUnverified(tls, path, context)
  return {
    timeoutMs,
    tls: tlsOf(tls),
    ...(proxy !== undefined && { proxy }),
  }
}

export function tlsOf(tls: TlsOptions): Connection['tls'] {
  return {
    ...(tls.ca_file !== undefined && { caFile: tls.ca_file }),
    ...(tls.cert_file !== undefined && { certFile: tls.cert_file }),
    ...(tls.key_file !== undefined && { keyFile: tls.key_file }),
    insecureSkipVerify: tls.insecure_skip_verify,
  }
}

export function warnUnverified(tls: TlsOptions, path: Path, context: SectionContext): void {
  if (!tls.insecure_skip_verify) return
  const full = [...path, 'tls', 'insecure_skip_verify']
  warnAt(context, full, 'the server’s certificate is not checked; prefer tls.ca_file')
}
