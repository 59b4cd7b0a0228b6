/** Lanes that no process has in its configuration any more, in Redis; `scripts/trim.lua` records them. */
import { LEFT_LANES_HOLD_MS, type LeftLane } from '../left-lane.ts'
import type { Store } from '../store.ts'
import type { RedisClient, Script } from './commands.ts'
import type { SourceKeys } from './keys.ts'

interface LeftLanesParts {
  readonly client: RedisClient
  readonly trim: Script
  keys(source: string): SourceKeys
  inOrder<T>(send: () => Promise<T>): Promise<T>
}

export function createLeftLanes(it: LeftLanesParts): Pick<Store, 'trim' | 'leftLanes'> {
  return {
    // Ignores `disabled`: a sink that this process has disabled may run in another one.
    async trim(source, offset, sinks = []) {
      const { state, log, low, seen, left } = it.keys(source)
      const args = [offset, LEFT_LANES_HOLD_MS / 1000, ...sinks]
      const gone = (await it.inOrder(() => it.trim([state, log, low, seen, left], args))) as string[]
      return Array.from({ length: gone.length / 3 }, (_, at) => {
        const [sink = '', end, since] = gone.slice(at * 3, at * 3 + 3)
        return laneOf(sink, Number(since), Number(end))
      })
    },
    async leftLanes(source) {
      const noted = await it.inOrder(() => it.client.hgetall(it.keys(source).left))
      return Object.keys(noted)
        .sort()
        .map((sink) => {
          const [since, end] = (noted[sink] ?? '').split(' ').map(Number)
          return laneOf(sink, since ?? 0, end ?? 0)
        })
    },
  }
}

function laneOf(sink: string, since: number, end: number): LeftLane {
  return { sink, end, until: since * 1000 + LEFT_LANES_HOLD_MS }
}
