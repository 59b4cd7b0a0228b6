/**
 * What a lane takes up next, in this order: batches that were left open (after a crash, or given back); dead
 * letters that were queued again; new events, which wait in a forming batch until it is full or old enough; and
 * what a replay sends again, which never holds up new events.
 */
import type { SinkConfig } from '../config/config.ts'
import { OperationError } from '../errors.ts'
import { steadyClock } from '../lib/steady.ts'
import { CURE_OF_LOG } from '../spool/codec.ts'
import type { Store } from '../spool/store.ts'
import { redeliver } from './dead-letters.ts'
import type { EntryReader } from './entries.ts'
import type { LaneBook } from './lane-book.ts'
import { createRepeats, type Repeats } from './repeats.ts'
import type { Rules } from './rules.ts'
import type { OpenWork } from './settlement.ts'
import { type Filling, fillWork, type Judge, startWork, type Work } from './work.ts'

export interface IntakeParts {
  readonly config: SinkConfig
  readonly rules: Rules
  readonly book: LaneBook
  readonly store: Store
  readonly entries: EntryReader
  readonly now: () => number
  /** Where a source's log ends now. */
  logEnd(source: string): number
}

export interface Intake {
  /** The next batch to write; undefined when there is none yet. Throws when the log can't be read. */
  take(options: { flush: boolean; lettersUnderWay: boolean }): Promise<OpenWork | undefined>
  /** Reads ahead into the batch that would be taken next, so that it is ready when asked for. Throws as `take` does. */
  formNext(): Promise<void>
  /** Milliseconds until a forming batch is old enough; undefined when none is forming. */
  ripensIn(): number | undefined
  /** Offset up to which events have been taken up, including those in the forming batch. */
  taken(source: string): number
  /** Offset from which events wait that are neither under way nor in a forming batch. */
  waitsFrom(source: string): number
  /** Looks for queued dead letters again. */
  lookForLetters(): void
  /** Takes back a batch that could not be finished, to be taken up again. */
  giveBack(it: OpenWork): void
  isEmpty(): boolean
  forming(): Iterable<Work>
}

interface Forming {
  readonly work: Work
  /** No further event fits. */
  full: boolean
}

const ANY_SIZE = { maxEvents: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY }

export function createIntake(it: IntakeParts): Intake {
  const { config, rules, book, entries } = it
  const now = steadyClock(it.now)
  const repeats = config.dedupeWindowMs === undefined ? undefined : createRepeats(config.dedupeWindowMs)
  const filling: Filling = { rules: judging(rules, repeats), limits: config.batch, memory: entries }
  const judgeAgain = judging(rules, repeats && neverRepeating(repeats))
  const refilling: Filling = { rules: judgeAgain, limits: ANY_SIZE, memory: entries }
  const leftOpen = book.leftOpen()
  const forming = new Map<string, Forming>()
  const mayWait = { queued: true, replay: true }
  let lastSource: string | undefined

  const lookForLetters = () => {
    mayWait.queued = true
    mayWait.replay = true
  }

  /** The same events as before, whatever the limits are now: a batch keeps its ids. */
  const takeLeftOpen = async (): Promise<OpenWork | undefined> => {
    const [left] = leftOpen
    if (left === undefined) return undefined
    const work = startWork(left.source, left.ranges[0]?.[0] ?? 0, now())
    for (const [from, to] of left.ranges) {
      work.to = from
      while (work.to < to) {
        const entry = await entries.at(left.source, work.to)
        if (entry === undefined) throw missing(left.source, work.to)
        fillWork(work, entry, to, refilling)
      }
    }
    leftOpen.shift()
    return { work, batch: left.batch }
  }

  const takeLetters = async (state: 'queued' | 'replay'): Promise<OpenWork | undefined> => {
    if (!mayWait[state]) return undefined
    const letters = await it.store.deadLetters({ sink: config.id, state, limit: config.batch.maxEvents })
    const [first] = letters
    mayWait[state] = first !== undefined
    if (first === undefined) return undefined
    const work = startWork(first.source, 0, now())
    for (const letter of letters) if (letter.source === first.source) redeliver(work, letter, rules)
    return { work, batch: book.open(first.source, [], book.next(first.source)) }
  }

  const form = async (source: string): Promise<Forming | undefined> => {
    const end = it.logEnd(source)
    const found = forming.get(source) ?? { work: startWork(source, book.next(source), now()), full: false }
    const { work } = found
    if (work.to >= end && !forming.has(source)) return undefined
    forming.set(source, found)
    while (!found.full && work.to < end) {
      const entry = await entries.at(source, work.to)
      // What was read before it is delivered first.
      if (entry === undefined && work.to > work.from) break
      if (entry === undefined) throw missing(source, work.to)
      found.full = fillWork(work, entry, end, filling)
    }
    return found
  }

  const takeNew = async (source: string, flush: boolean): Promise<OpenWork | undefined> => {
    const { work, full } = (await form(source)) ?? {}
    if (work === undefined) return undefined
    if (!full && !flush && now() - work.since < config.batch.maxAgeMs) return undefined
    forming.delete(source)
    // What the rules left out is open too, until it is counted.
    const offsets = Array.from({ length: work.to - work.from }, (_, at) => work.from + at)
    return { work, batch: book.open(source, offsets, work.to) }
  }

  const taken = (source: string) => forming.get(source)?.work.to ?? book.next(source)

  return {
    async take({ flush, lettersUnderWay }) {
      const left = await takeLeftOpen()
      if (left !== undefined) return left
      const letters = lettersUnderWay ? undefined : await takeLetters('queued')
      if (letters !== undefined) return letters
      for (const source of inTurn(config.sources, lastSource)) {
        const taken = await takeNew(source, flush)
        if (taken === undefined) continue
        lastSource = source
        return taken
      }
      return lettersUnderWay ? undefined : takeLetters('replay')
    },
    async formNext() {
      for (const source of inTurn(config.sources, lastSource)) if ((await form(source)) !== undefined) return
    },
    ripensIn() {
      const waits = [...forming.values()].map(({ work }) => work.since + config.batch.maxAgeMs - now())
      return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits))
    },
    taken,
    waitsFrom(source) {
      const left = leftOpen.flatMap((it) => (it.source === source ? (it.ranges[0]?.[0] ?? []) : []))
      return Math.min(taken(source), ...left)
    },
    lookForLetters,
    giveBack({ work, batch }) {
      leftOpen.push(...book.leftOpen().filter((left) => left.source === work.source && left.batch === batch))
      lookForLetters()
    },
    isEmpty: () =>
      leftOpen.length === 0 &&
      !mayWait.queued &&
      !mayWait.replay &&
      config.sources.every((source) => !forming.has(source) && book.next(source) >= it.logEnd(source)),
    forming: () => forming.values().map(({ work }) => work),
  }
}

/** Nobody but the trim removes an entry, and it keeps what a lane has not settled. */
function missing(source: string, offset: number): OperationError {
  return new OperationError(
    `offset ${offset} is no longer in the log of ${source}: something else has removed it. Its events are still at the ` +
      `source: ${CURE_OF_LOG}`,
  )
}

function judging(rules: Rules, repeats: Repeats | undefined): Judge {
  const { passthrough, again, format } = rules
  return { passthrough, again, format, apply: (line) => rules.apply(line, repeats) }
}

/** For batches that were formed before: their events were no repeats then, and must not count as repeats of themselves. */
function neverRepeating({ take }: Repeats): Repeats {
  return {
    take,
    isRepeat(event) {
      take(event)
      return false
    },
  }
}

/** The sources after `last`, then the others, so that a long backlog of one does not keep another waiting. */
function inTurn(sources: readonly string[], last: string | undefined): string[] {
  const after = last === undefined ? 0 : sources.indexOf(last) + 1
  return [...sources.slice(after), ...sources.slice(0, after)]
}
