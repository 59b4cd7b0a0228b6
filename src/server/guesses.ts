/**
 * Bounds how often a caller may fail: guessing tokens, beginning logins. Each process counts for itself.
 *
 * Failures with tokens are counted per address only: a bound over all addresses would let a stranger who has many keep
 * everybody out.
 */
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { blockOf } from './address-block.ts'
import { RequestError } from './route.ts'

export interface Guesses {
  /**
   * Throws RequestError 429 when there were too many. `name`: whose token it is, if it is right. A token that was right
   * from there before passes, so that a forgotten script does not lock out others at the same address.
   */
  allow(address: string, name?: string): Promise<void>
  /** Counts one failure. Throws likewise when it is one too many. */
  count(address: string): Promise<void>
}

/** Bounds the memory for names and addresses that come and go. */
const KNOWN_MOST = 10_000

const WINDOW_S = 60

/** `most`: how many per minute from one address. */
export function createGuesses(most: number): Guesses {
  const limiter = new RateLimiterMemory({ points: most, duration: WINDOW_S })
  const known = new Set<string>()
  return {
    async allow(address, name) {
      const block = blockOf(address)
      const key = `${block} ${name}`
      if (name !== undefined && known.has(key)) return
      const found = await limiter.get(block)
      if (found !== null && found.consumedPoints >= most) throw tooMany(found.msBeforeNext)
      if (name === undefined) return
      if (known.size >= KNOWN_MOST) known.clear()
      known.add(key)
    },
    async count(address) {
      await limiter.consume(blockOf(address)).catch(({ msBeforeNext }: RateLimiterRes) => {
        throw tooMany(msBeforeNext)
      })
    },
  }
}

function tooMany(waitMs: number): RequestError {
  // It forgets by a timer: a clock that was set back makes nobody wait for longer.
  const seconds = Math.min(WINDOW_S, Math.max(1, Math.ceil(waitMs / 1000)))
  return new RequestError(429, `too many tries; the next one is looked at in ${seconds} s`, {
    'retry-after': String(seconds),
  })
}
