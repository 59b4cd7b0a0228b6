import { expect, it } from 'vitest'
import { silentLogger } from '../../lib/logger.ts'
import { createClaims } from './claims.ts'
import type { Scripts } from './commands.ts'

it('is given back silently if Redis refuses: the lease expires, and earlier failures are reported', async () => {
  const scripts = {
    claim: async () => [1, '7', 0],
    renew: async () => {
      throw new Error('MISCONF Redis is configured to save RDB snapshots, but it cannot')
    },
  } as unknown as Scripts
  const claims = createClaims('test', 30_000, scripts, silentLogger)
  const claim = await claims.claim({ source: 'acme' })
  await expect(claim?.release()).resolves.toBeUndefined()
  await claims.close()
})

it('tells which claims a broken connection ends, and nothing of those that were given back', async () => {
  const scripts = { claim: async () => [1, '7', 0], renew: async () => 1 } as unknown as Scripts
  const told: unknown[] = []
  const logger = { ...silentLogger, warn: (_: string, fields?: object) => void told.push(fields) }
  const claims = createClaims('test', 30_000, scripts, logger)
  const [, given] = [await claims.claim({ source: 'acme' }), await claims.claim({ source: 'old' })]
  await given?.release()
  claims.loseAll('the connection to Redis was lost')
  expect(told).toEqual([{ holding: 'source acme', reason: 'the connection to Redis was lost' }])
  expect(given?.signal.aborted).toBe(true)
  // In a stop, the connection is closed last.
  await claims.claim({ source: 'acme' })
  await claims.close()
  claims.loseAll('the connection to Redis was lost')
  expect(told).toHaveLength(1)
})

it('at the end gives back what is just being claimed: otherwise nobody would have it until the lease expires', async () => {
  const answer = Promise.withResolvers<unknown>()
  const given: unknown[] = []
  const renew = async (_: unknown, args: unknown[]) => given.push(args[3])
  const scripts = { claim: () => answer.promise, renew } as unknown as Scripts
  const claims = createClaims('test', 30_000, scripts, silentLogger)
  const taking = claims.claim({ source: 'acme' })
  const closed = claims.close()
  answer.resolve([1, '7', 0])
  await Promise.all([taking, closed])
  expect(given).toEqual([0])
})
