/**
 * Lanes in Redis: a sink's cursor is stored beside the log that it reads, so that after a loss both go back together.
 */

import type { LaneState } from '../lane-state.ts'
import { lowWaterOf } from '../low-water.ts'
import type { Settlement, Store } from '../store.ts'
import { missingKey, parsed } from './clear-errors.ts'
import { asBuffer, type RedisClient, type Script } from './commands.ts'
import { hashValues } from './hash-values.ts'
import type { SourceKeys } from './keys.ts'
import { type LaneRecord, laneState, letterRecord, sinkLedgerMinute } from './records.ts'

interface LaneParts {
  readonly client: RedisClient
  readonly settle: Script
  /** A write to `source` under the lane's claim. */
  write<T>(
    holding: { readonly sink: string; readonly sources: readonly string[] },
    source: string,
    send: (fence: string) => Promise<T>,
  ): Promise<T>
  keys(source: string): SourceKeys
  sources(): Promise<string[]>
  inOrder<T>(send: () => Promise<T>): Promise<T>
}

export function createLanes(it: LaneParts): Pick<Store, 'loadLane' | 'settle' | 'sinkLedger'> {
  const { client, keys, sources } = it
  /** The cursors as last stored, by sink and source, so that an idle source's is not written again. */
  const stored = new Map<string, string>()
  let noted = 0
  /**
   * By the ledger of a settlement that failed: the sources in which it was stored already and must not be counted
   * again.
   */
  const settledIn = new WeakMap<Settlement['ledger'], Set<string>>()

  const settleOne = async (prepared: Prepared) => {
    const { sink, parts, holding, ledger } = prepared
    const done = settledIn.get(ledger) ?? new Set<string>()
    settledIn.set(ledger, done)
    const changed = parts.filter(
      ({ source, hasDelta, cursor }) =>
        !done.has(source) && (hasDelta || stored.get(`${sink} ${source}`) !== cursor),
    )
    // If the lane moved nowhere, its notes are stored with its first source.
    const written = changed.length + done.size > 0 ? changed : parts.slice(0, 1)
    // Waits for all of them: a write still under way would otherwise be stored a second time.
    const writes = await Promise.allSettled(
      written.map(async ({ source, cursor, args }) => {
        const of = keys(source)
        const its = of.sink(sink)
        const names = [
          of.claims,
          of.state,
          of.lanes,
          of.low,
          of.seen,
          its.ledger,
          its.minutes,
          of.letters,
          its.parked,
          its.queued,
          its.replay,
        ]
        await it.write(holding, source, (fence) => it.settle(names, [sink, fence, ...args]))
        stored.set(`${sink} ${source}`, cursor)
        done.add(source)
      }),
    )
    throwFirst(writes)
  }

  const recordOf = async (sink: string, source: string) => {
    const { lanes, low } = keys(source)
    // In this order, since both are written by one script.
    const [isKnown, text] = await Promise.all([client.hexists(low, sink), client.hget(lanes, sink)])
    // A lane without its record would be taken for a new one, and pass over what waits for it.
    if (isKnown === 1 && text === null) throw missingKey(lanes)
    return text
  }

  return {
    async loadLane(sink): Promise<LaneState | undefined> {
      const records = new Map<string, LaneRecord>()
      const known = (await it.inOrder(sources)).sort()
      const texts = await Promise.all(known.map((source) => recordOf(sink, source)))
      known.forEach((source, at) => {
        const text = texts[at]
        if (text) records.set(source, parsed<LaneRecord>(text, keys(source).lanes))
      })
      for (const source of known) stored.delete(`${sink} ${source}`)
      return laneState(records)
    },
    async settle(settlements) {
      noted = Math.max(noted + 1, Date.now())
      const prepared = settlements.map((one) => prepare(one, noted))
      throwFirst(await Promise.allSettled(prepared.map(settleOne)))
      for (const { ledger } of prepared) settledIn.delete(ledger)
    },
    async sinkLedger(sink, source, from, to) {
      const { ledger, minutes } = keys(source).sink(sink)
      const found = await client.zrangebyscore(minutes, from, to)
      const values = await hashValues(client, ledger, found)
      return found.flatMap((minute, at) => (values[at] ? [sinkLedgerMinute(minute, values[at])] : []))
    },
  }
}

interface Prepared {
  readonly sink: string
  readonly ledger: Settlement['ledger']
  readonly holding: { readonly sink: string; readonly sources: readonly string[] }
  readonly parts: readonly Part[]
}

/** What a settlement changes in one source. */
interface Part {
  readonly source: string
  readonly cursor: string
  readonly hasDelta: boolean
  readonly args: (string | number | Buffer)[]
}

/** Serialised before anything is written, so that a settlement that can't be is refused as a whole. */
function prepare(it: Settlement, notedAt: number): Prepared {
  const { cursors, ...notes } = JSON.parse(JSON.stringify(it.state)) as LaneState
  const sources = new Set([...Object.keys(cursors), ...it.ledger.map(({ source }) => source)])
  const parts = [...sources].map((source): Part => {
    const cursor = cursors[source]
    const record: LaneRecord | undefined = cursor && { cursor, notes, notedAt }
    const ledger = it.ledger.filter((minute) => minute.source === source)
    const letters = it.deadLettered.filter((letter) => letter.source === source)
    const args = [
      record === undefined ? '' : JSON.stringify(record),
      cursor?.next ?? 0,
      lowWaterOf({ cursors }, source),
      ledger.length,
      ...ledger.flatMap((minute) => [
        minute.minute,
        minute.delivered,
        minute.filtered,
        minute.deadLettered,
        minute.replayed ?? 0,
        minute.settled?.first ?? '',
        minute.settled?.last ?? '',
        asBuffer(minute.digest),
      ]),
      letters.length,
      ...letters.flatMap((letter) => [letter.id, letter.at, letter.state, letterRecord(letter)]),
      it.redelivered.length,
      ...it.redelivered,
    ]
    const hasDelta = ledger.length + letters.length + it.redelivered.length > 0
    return { source, cursor: JSON.stringify(cursor) ?? '', hasDelta, args }
  })
  return { sink: it.sink, ledger: it.ledger, holding: { sink: it.sink, sources: [...sources] }, parts }
}

function throwFirst(results: readonly PromiseSettledResult<void>[]): void {
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
