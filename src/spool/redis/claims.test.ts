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
