/** auditferry's own audit trail in Redis, and texts that are kept for a limited time. */
import { TRAIL_KEEPS, type TrailEntry } from '../../trail/trail.ts'
import type { OperatorStore } from '../operator-store.ts'
import { parsed } from './clear-errors.ts'
import type { RedisClient, Scripts } from './commands.ts'
import { keptKey, trailKey } from './keys.ts'

type Operations = 'appendTrail' | 'trail' | 'keep' | 'kept' | 'take'

export function createTrail(
  client: RedisClient,
  prefix: string,
  scripts: Pick<Scripts, 'trail'>,
): Pick<OperatorStore, Operations> {
  const trail = trailKey(prefix)
  const key = (name: string) => keptKey(prefix, name)
  return {
    async appendTrail({ at, ...entry }, keeps = TRAIL_KEEPS) {
      const bounds = [Math.max(0, at - keeps.ms), keeps.entries]
      await scripts.trail([trail], [at, JSON.stringify(entry), ...bounds])
    },
    async trail({ before, limit }) {
      if (before !== undefined && before <= 0) return []
      const newest = before === undefined ? '+' : `(${before}-0`
      const found = await client.xrevrange(trail, newest, '-', 'COUNT', limit)
      return found.map(([id, [, entry = '{}']]) => ({
        at: Number(id.replace(/-.*/, '')),
        ...parsed<Omit<TrailEntry, 'at'>>(entry, trail),
      }))
    },
    async keep(name, text, forMs) {
      await client.set(key(name), text, 'PX', Math.max(1, Math.ceil(forMs)))
    },
    kept: async (name) => (await client.get(key(name))) ?? undefined,
    take: async (name) => (await client.getdel(key(name))) ?? undefined,
  }
}
