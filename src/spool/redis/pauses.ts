/** What operators have paused, in Redis: one hash for all processes. */
import type { OperatorStore, Pause } from '../operator-store.ts'
import { parsed } from './clear-errors.ts'
import type { RedisClient } from './commands.ts'
import { pausedKey } from './keys.ts'

export function createPauses(
  client: RedisClient,
  prefix: string,
): Pick<OperatorStore, 'pauses' | 'pause' | 'resume'> {
  const key = pausedKey(prefix)
  return {
    async pauses() {
      const found = Object.entries(await client.hgetall(key)).sort(([left], [right]) =>
        left < right ? -1 : 1,
      )
      return found.map(([component, text]) => ({
        component,
        ...parsed<Omit<Pause, 'component'>>(text, key),
      }))
    },
    pause: async ({ component, by, at }) =>
      void (await client.hsetnx(key, component, JSON.stringify({ by, at }))),
    resume: async (component) => void (await client.hdel(key, component)),
  }
}
