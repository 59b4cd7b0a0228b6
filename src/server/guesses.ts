/**
 * Bounds how often one may be wrong: guessing tokens and beginning logins. Each process counts for itself.
 *
 * Tokens go by address alone: a bound over all of them would let a stranger with many addresses keep everybody out.
 */
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { blockOf } from './address-block.ts'
import { RequestError } from './route.ts'

export interface Guesses {
  /**
   * Throws RequestError 429 when there were too many. `name`: whose token it is, if it is right. What was right from
   * there before passes: whoever shares the address with a forgotten script is not kept out by it.
   */
  allow(address: string, name?: string): Promise<void>
  /** Counts one. Throws the same when it is one too many. */
  count(address: string): Promise<void>
}

/** So that names and addresses that come and go do not add up. */
const KNOWN_MOST = 10_000

/** `most`: how many a minute of one address. */
export function createGuesses(most: number): Guesses {
  const limiter = new RateLimiterMemory({ points: most, duration: 60 })
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
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new RequestError(429, `too many tries; the next one is looked at in ${seconds} s`, {
    'retry-after': String(seconds),
  })
}
