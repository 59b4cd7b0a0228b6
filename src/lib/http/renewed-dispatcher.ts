/** Certificates, keys and the proxy's address may change while the program runs, but a dispatcher keeps what it was made with. */
import { isDeepStrictEqual } from 'node:util'
import type { Dispatcher } from 'undici'
import { tlsOptions } from '../tls/options.ts'
import type { Connection } from './http.ts'
import { faultOfProxy } from './proxy.ts'

/** What a dispatcher is made with, as last read. */
export interface Parts {
  readonly tls: ReturnType<typeof tlsOptions>
  readonly proxy: string | undefined
}

/** Throws file system errors, and if no dispatcher can be made. */
export function partsOf({ tls, proxy }: Pick<Connection, 'tls' | 'proxy'>): Parts {
  const address = proxy?.reveal()
  const fault = address === undefined ? undefined : faultOfProxy(address)
  if (fault !== undefined) throw new Error(`\`proxy\`: ${fault}`)
  return { tls: tlsOptions(tls), proxy: address }
}

interface RenewedDispatcher {
  /** For one request, which the next one need not share. */
  current(): Dispatcher
  destroy(): Promise<void>
}

/** How often changes are looked for: not for each of thousands of requests. */
const LOOK_EVERY_MS = 1_000

export function createRenewedDispatcher(
  read: () => Parts,
  make: (parts: Parts) => Dispatcher,
): RenewedDispatcher {
  let parts = read()
  let dispatcher = make(parts)
  let lookedAt = performance.now()
  /** Earlier dispatchers that still have requests under way. */
  const retired = new Set<Dispatcher>()

  function renew(): void {
    const found = changed(read, parts)
    if (found === undefined) return
    const before = dispatcher
    parts = found
    dispatcher = make(found)
    retired.add(before)
    void before.close().finally(() => retired.delete(before))
  }

  return {
    current() {
      if (performance.now() - lookedAt >= LOOK_EVERY_MS) {
        renew()
        lookedAt = performance.now()
      }
      return dispatcher
    },
    async destroy() {
      await Promise.all([dispatcher, ...retired].map((it) => it.destroy()))
    },
  }
}

/** Undefined if no dispatcher can be made: a proxy's address may be half written. */
function changed(read: () => Parts, before: Parts): Parts | undefined {
  try {
    const parts = read()
    return isDeepStrictEqual(parts, before) ? undefined : parts
  } catch {
    return undefined
  }
}
