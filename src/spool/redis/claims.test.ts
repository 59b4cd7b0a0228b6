import { expect, it } from 'vitest'
import { silentLogger } from '../../lib/logger.ts'
import { createClaims } from './claims.ts'
import type { Scripts } from './commands.ts'

it('is given back without a word where Redis refuses: the lease runs out, and what failed before is told', async () => {
  const scripts = {
    claim: async () => [1, '7', 0],
    renew: async () => {
      throw new Error('MISCONF Redis is configured to save RDB snapshots, but it can not')
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
  // A stop ends the connection last.
  await claims.claim({ source: 'acme' })
  await claims.close()
  claims.loseAll('the connection to Redis was lost')
  expect(told).toHaveLength(1)
})
