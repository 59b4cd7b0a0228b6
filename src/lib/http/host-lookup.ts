/** Looks up the addresses of a host, once for everybody who waits for them. */
import dns, { type LookupAddress, type LookupOptions } from 'node:dns'
import type { LookupFunction } from 'node:net'

/**
 * Shared by the whole process, as is the bottleneck: Node looks up two names at a time, and no look-up can be cancelled.
 * If name servers do not answer, one takes ten seconds or more, and a second one for the same host would hold up all others.
 */
const UNDER_WAY = new Map<string, Promise<LookupAddress[]>>()
/** Shorter than a connection's own timeout, which could not say what it waited for. */
const PATIENCE_MS = 8_000

/** As `dns.lookup`, for the option `lookup` of a connection. */
export const lookupHost: LookupFunction = (host, options, callback) => {
  const giveUp = () => {
    const reason = `no name server told the address of ${host} within ${PATIENCE_MS / 1000}s`
    answer(Object.assign(new Error(`EAI_AGAIN: ${reason}`), { code: 'EAI_AGAIN' }), [])
  }
  const timer = setTimeout(giveUp, PATIENCE_MS).unref()
  let isAnswered = false
  const answer = (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
    if (isAnswered) return
    isAnswered = true
    clearTimeout(timer)
    if (options.all) callback(error, found)
    else callback(error, found[0]?.address ?? '', found[0]?.family)
  }
  addressesOf(host, options).then(
    (found) => answer(null, found),
    (error: NodeJS.ErrnoException) => answer(error, []),
  )
}

function addressesOf(host: string, options: LookupOptions): Promise<LookupAddress[]> {
  const question = JSON.stringify([host, options.family, options.hints])
  const asked = UNDER_WAY.get(question)
  if (asked !== undefined) return asked
  const { promise, resolve, reject } = Promise.withResolvers<LookupAddress[]>()
  UNDER_WAY.set(question, promise)
  dns.lookup(host, { ...options, all: true }, (error, found) => {
    UNDER_WAY.delete(question)
    if (error === null) resolve(found)
    else reject(error)
  })
  return promise
}
