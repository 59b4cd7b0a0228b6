/** Turns what became of a batch's events into the lane's counts, its ledger and its dead letters, durably. */
import type { SinkConfig } from '../config/config.ts'
import type { Logger } from '../lib/logger.ts'
import type { Metrics } from '../ops/metrics.ts'
import { deadLetter, isReplay } from './dead-letters.ts'
import type { LaneBook } from './lane-book.ts'
import { createRefusalLog } from './refusal-log.ts'
import type { Rules } from './rules.ts'
import type { Settler } from './settler.ts'
import { createTally, type Settled, type Tally } from './tally.ts'
import type { Item, Work } from './work.ts'
import type { Refused } from './writer.ts'

export interface SettlementParts {
  readonly config: SinkConfig
  readonly rules: Rules
  readonly book: LaneBook
  readonly settler: Settler
  readonly metrics: Metrics
  readonly logger: Logger
  readonly now: () => number
}

/** A batch on its way, under its number in the lane's book. */
export interface OpenWork {
  readonly work: Work
  readonly batch: number
}

interface Settlement {
  /** Stores the batch's extent before it is written, and settles what the rules left out of it. */
  open(it: OpenWork): Promise<void>
  settle(it: OpenWork, delivered: readonly Item[], refused: readonly Refused[]): Promise<void>
  /** Nothing more is settled. */
  end(): void
}

export function createSettlement(parts: SettlementParts): Settlement {
  const { config, book, metrics, now } = parts
  const refusals = createRefusalLog(parts.logger)

  const commit = async ({ work, batch }: OpenWork, done: Done) => {
    const { tally, deadLettered, redelivered } = done
    for (const kind of KINDS) book.count(work.source, kind, tally.total(kind))
    book.close(work.source, batch, done.offsets)
    metrics.deadLettered(config.id, deadLettered.length)
    refusals.log(deadLettered)
    const ledger = tally.minutes().map((minute) => ({ ...minute, source: work.source }))
    await parts.settler.settle(config.id, book.snapshot, { ledger, deadLettered, redelivered })
  }

  return {
    open(it) {
      const { source, filtered, failed, heldBack } = it.work
      const tally = createTally(now())
      for (const left of filtered) tally.count('filtered', left)
      for (const left of failed) tally.count('deadLettered', left)
      for (const [rule, count] of countBy(filtered.map((left) => left.rule)))
        metrics.filtered(config.id, rule, count)
      const refused = failed.map(({ uid, timestamp, reason, line }) => {
        const item = { uid, timestamp, payload: line, offset: undefined, event: parts.rules.redacted(line) }
        return { item, reason, answer: '', attempts: 0 }
      })
      const letters = refused.map((one) => deadLetter(config.id, source, one, now()))
      const offsets = [...filtered, ...failed].map(({ offset }) => offset)
      return commit(it, { tally, offsets, deadLettered: [...letters, ...heldBack], redelivered: [] })
    },

    settle(it, delivered, refused) {
      const { source } = it.work
      const tally = createTally(now())
      const offsets: number[] = []
      const settledAt = now()
      let first = 0
      let age = 0
      // This runs for every event: one pass, and no object is made for each.
      for (const item of delivered) {
        if (item.offset !== undefined) offsets.push(item.offset)
        // A replay is old by intent and says nothing about latency.
        if (!countDelivered(tally, item)) continue
        first++
        age += settledAt / 1000 - item.timestamp
      }
      for (const { item } of refused) {
        if (item.letter === undefined) tally.count('deadLettered', item)
        if (item.offset !== undefined) offsets.push(item.offset)
      }
      if (delivered.length > 0) book.note({ lastDelivery: settledAt })
      if (first > 0) {
        metrics.delivered(config.id, first)
        metrics.deliveryLatency(config.id, age / first, first)
      }
      const deadLettered = refused.map((one) => deadLetter(config.id, source, one, settledAt))
      const redelivered = delivered.flatMap(({ letter }) => letter?.id ?? [])
      return commit(it, { tally, offsets, deadLettered, redelivered })
    },
    end: refusals.end,
  }
}

interface Done {
  readonly tally: Tally
  readonly offsets: readonly number[]
  readonly deadLettered: readonly ReturnType<typeof deadLetter>[]
  readonly redelivered: readonly string[]
}

const KINDS: readonly Settled[] = ['delivered', 'filtered', 'deadLettered', 'replayed']

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** Answers whether the sink got the event for the first time. */
function countDelivered(tally: Tally, item: Item): boolean {
  const { letter } = item
  const isFirst = letter === undefined || !isReplay(letter)
  tally.count(isFirst ? 'delivered' : 'replayed', item)
  if (isFirst && letter !== undefined) tally.count('deadLettered', item, -1)
  return isFirst
}
