/** Dead letters in Redis: stored beside the log of their source, listed by sink and state in order of time. */
import { LISTED_STATES, USUAL_LIMIT } from '../dead-letter-pages.ts'
import type { DeadLetter, DeadLetterQuery, Store } from '../store.ts'
import type { RedisClient, Scripts } from './commands.ts'
import type { SourceKeys } from './keys.ts'
import { letter, letterRecord } from './records.ts'

interface DeadLetterParts {
  readonly client: RedisClient
  readonly scripts: Pick<Scripts, 'requeue' | 'replay'>
  /** Lists a source, so that its dead letters can be found. */
  register(source: string): Promise<void>
  keys(source: string): SourceKeys
  sources(): Promise<string[]>
}

type Operations = 'deadLetters' | 'countDeadLetters' | 'queueReplays' | 'queueDeadLetters' | 'dropDeadLetters'

/** Where a dead letter is listed. */
interface Place {
  readonly source: string
  readonly sink: string
  readonly state: DeadLetter['state']
  readonly id: string
  readonly at: number
}

const AT_ONCE = 1_000

export function createDeadLetters(it: DeadLetterParts): Pick<Store, Operations> {
  const { client, keys } = it

  /** One list, oldest first. */
  const list = async (
    source: string,
    sink: string,
    state: DeadLetter['state'],
    { limit, from }: { limit: number; from: number | undefined },
  ) => {
    const name = keys(source).sink(sink)[state]
    const listed =
      from === undefined
        ? await client.zrange(name, '0', String(limit - 1), 'WITHSCORES')
        : await client.zrange(name, String(from), '+inf', 'BYSCORE', 'WITHSCORES')
    const found: Place[] = []
    for (let at = 0; at < listed.length; at += 2) {
      found.push({ source, sink, state, id: listed[at] as string, at: Number(listed[at + 1]) })
    }
    return found
  }

  /** A lane has its place under both keys; one of them may have been removed by hand. */
  const sinksOf = async (source: string) => {
    const { lanes, low } = keys(source)
    return [...new Set((await Promise.all([client.hkeys(lanes), client.hkeys(low)])).flat())]
  }

  /** Everything that a query selects, oldest first. */
  const places = async ({ sink, ids, state, after }: DeadLetterQuery, limit: number): Promise<Place[]> => {
    const wanted = ids === undefined ? undefined : new Set(ids)
    const states = state === undefined ? LISTED_STATES : [state]
    // Ids may be anywhere in a list.
    const range = { limit: wanted === undefined ? limit : 0, from: after?.at }
    const lists = (await it.sources()).map(async (source) => {
      const sinks = sink === undefined ? await sinksOf(source) : [sink]
      return Promise.all(sinks.flatMap((one) => states.map((of) => list(source, one, of, range))))
    })
    const isAfter = ({ at, id }: Place) =>
      after === undefined || at > after.at || (at === after.at && id > after.id)
    const found = (await Promise.all(lists))
      .flat(2)
      .filter((it) => wanted?.has(it.id) !== false && isAfter(it))
    found.sort((left, right) => left.at - right.at || (left.id < right.id ? -1 : 1))
    return found.slice(0, limit)
  }

  const change = async (verb: 'queue' | 'drop', query: DeadLetterQuery): Promise<number> => {
    let changed = 0
    for (const group of byLane(await places(query, Number.MAX_SAFE_INTEGER))) {
      const [{ source, sink }] = group as [Place]
      const { parked, queued, replay } = keys(source).sink(sink)
      const names = [keys(source).letters, parked, queued, replay]
      const ids = group.map(({ id }) => id)
      // Short scripts, so that no other client waits long.
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        changed += Number(await it.scripts.requeue(names, [verb, ...ids.slice(at, at + AT_ONCE)]))
      }
    }
    return changed
  }

  return {
    async deadLetters(query) {
      const found = await places(query, query.limit ?? USUAL_LIMIT)
      const texts = await Promise.all(found.map(({ source, id }) => client.hget(keys(source).letters, id)))
      return found.flatMap(({ state, source }, at) =>
        texts[at] ? [letter(texts[at], state, keys(source).letters)] : [],
      )
    },
    async countDeadLetters(sink, state) {
      const counts = (await it.sources()).map((source) => client.zcard(keys(source).sink(sink)[state]))
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
    },
    async queueReplays(replays) {
      for (const group of byLane(replays)) {
        const [{ source, sink }] = group as [DeadLetter]
        const { parked, queued, replay } = keys(source).sink(sink)
        await it.register(source)
        const args = group.flatMap((one) => [one.id, one.at, letterRecord(one)])
        await it.scripts.replay([keys(source).letters, parked, queued, replay], args)
      }
    },
    queueDeadLetters: (query) => change('queue', query),
    dropDeadLetters: (query) => change('drop', query),
  }
}

/** Everything of one sink and source has its keys in one slot. */
function byLane<Letter extends { readonly source: string; readonly sink: string }>(
  letters: readonly Letter[],
): Letter[][] {
  return [...Map.groupBy(letters, ({ source, sink }) => JSON.stringify([source, sink])).values()]
}
