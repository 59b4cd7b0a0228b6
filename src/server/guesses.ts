/** Bounds how often one may be wrong: guessing tokens and beginning logins. Each process counts for itself. */
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { RequestError } from './route.ts'

export interface Guesses {
  /** Throws RequestError 429 when there were too many. */
  allow(address: string): Promise<void>
  /** Counts one. Throws the same when it is one too many. */
  count(address: string): Promise<void>
}

/** `each` and `all`: how many a minute of one address, and of all together. */
export function createGuesses(each: number, all: number): Guesses {
  const limits = [
    { limiter: new RateLimiterMemory({ points: each, duration: 60 }), key: (address: string) => address },
    { limiter: new RateLimiterMemory({ points: all, duration: 60 }), key: () => 'all' },
  ]
  return {
    async allow(address) {
      for (const { limiter, key } of limits) {
        const found = await limiter.get(key(address))
        if (found !== null && found.consumedPoints >= limiter.points) throw tooMany(found.msBeforeNext)
      }
    },
    async count(address) {
      for (const { limiter, key } of limits) {
        await limiter.consume(key(address)).catch(({ msBeforeNext }: RateLimiterRes) => {
          throw tooMany(msBeforeNext)
        })
      }
    },
  }
}

function tooMany(waitMs: number): RequestError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new RequestError(429, `too many tries; the next one is looked at in ${seconds} s`, {
    'retry-after': String(seconds),
  })
}
