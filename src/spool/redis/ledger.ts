/** A source's ledger in Redis: reading it and forgetting old parts; the append script writes it. */
import type { Store } from '../store.ts'
import type { RedisClient, Script } from './commands.ts'
import { hashValues } from './hash-values.ts'
import type { SourceKeys } from './keys.ts'
import { ledgerMinute } from './records.ts'

interface LedgerParts {
  readonly client: RedisClient
  readonly keys: (source: string) => SourceKeys
  readonly prune: Script
  /** Sends after everything that was sent before. */
  readonly inOrder: <T>(send: () => Promise<T>) => Promise<T>
}

export function createLedger({
  client,
  keys,
  prune,
  inOrder,
}: LedgerParts): Pick<Store, 'ledger' | 'ledgerMinuteBefore' | 'pruneLedger'> {
  return {
    async ledger(source, from, to) {
      const { ledger, minutes, uids } = keys(source)
      const found = await inOrder(() => client.zrangebyscore(minutes, from, to))
      const [values, packed] = await Promise.all([
        hashValues(client, ledger, found),
        hashValues(client, uids, found),
      ])
      return found.flatMap((minute, at) => {
        const value = values[at]
        return value ? [ledgerMinute(minute, value, packed[at])] : []
      })
    },
    async ledgerMinuteBefore(source, minute) {
      const range = [`(${minute}`, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1] as const
      const [found] = await client.zrange(keys(source).minutes, ...range)
      return found === undefined ? undefined : Number(found)
    },
    async pruneLedger(source, uidsBefore, countsBefore) {
      const { ledger, minutes, uids, lanes, sink } = keys(source)
      // Includes sinks that are no longer in the configuration.
      const sinks = (await client.hkeys(lanes)).map(sink).flatMap((its) => [its.ledger, its.minutes])
      await inOrder(() => prune([uids, ledger, minutes, ...sinks], [uidsBefore, countsBefore]))
    },
  }
}
