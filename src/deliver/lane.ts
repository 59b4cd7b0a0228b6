/**
 * One sink's own way through the spool. A lane takes up batches from its cursors, keeps `in_flight` of them under way
 * while it forms the next one, and moves its cursors when outcomes are settled. A batch's extent is stored before it is
 * written, so that a crash repeats the same batch with the same ids. In trouble, one batch probes; the others wait.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import { createWaker } from '../lib/waker.ts'
import { oldestStored } from '../spool/low-water.ts'
import type { Gate } from './gate.ts'
import { createIntake, type Intake, type IntakeParts } from './intake.ts'
import { createSettlement, type OpenWork, type SettlementParts } from './settlement.ts'
import { MOST_UNPACKED } from './unpacked.ts'
import { giveBackMemory, oldestOf, type Work } from './work.ts'
import type { Writer } from './writer.ts'

export interface LaneParts extends IntakeParts, SettlementParts {
  readonly gate: Gate
  readonly writer: Writer
}

export interface Lane extends Pick<LaneParts, 'config' | 'book' | 'gate'>, Pick<Intake, 'taken'> {
  /** Runs until stopped. */
  run(): Promise<void>
  /** Something was spooled. */
  wake(): void
  /** Dead letters were queued again. */
  wakeForLetters(): void
  /** From now on batches go out without waiting to be full. */
  flush(): void
  /** Whether nothing waits and nothing is under way. */
  isDrained(): boolean
  /** Takes up nothing more; resolves when what is under way is settled or, after `abort`, given back. */
  stop(): Promise<void>
  abort(): void
  /** Why the lane can't go on by itself (a damaged entry, a bug); undefined if it can. */
  trouble(): string | undefined
  /** Event time of the oldest unsettled event, Unix seconds: exact in batches, to the page for what waits behind them. */
  oldestWaiting(): Promise<number | undefined>
}

const RETRY_MS = 1_000

export function createLane(it: LaneParts): Lane {
  const { config, book, gate } = it
  const waker = createWaker()
  const intake = createIntake(it)
  const settlement = createSettlement(it)
  const underWay = new Map<Promise<void>, Work>()
  const aborted = new AbortController()
  let running: Promise<void> | undefined
  let flush = false
  let stopping = false
  let trouble: string | undefined

  const hasRoom = () =>
    underWay.size < config.inFlight && (gate.trouble() === undefined || underWay.size === 0)
  // One more batch, if it had to be packed until it is written, would cost more than it saves.
  const fitsAhead = (config.inFlight + 1) * config.batch.maxBytes <= MOST_UNPACKED
  const formsAhead = () => fitsAhead && !hasRoom() && gate.trouble() === undefined
  const lettersUnderWay = () =>
    [...underWay.values()].some(
      ({ items, heldBack }) => items[0]?.letter !== undefined || heldBack.length > 0,
    )

  const fail = async (what: string, error: unknown) => {
    // Whoever aborted the lane has said why.
    if (aborted.signal.aborted) return
    const before = trouble
    trouble = messageOf(error)
    // Tried every second for as long as it takes, but logged only when the reason changes.
    if (trouble !== before) it.logger.error(what, { reason: trouble })
    await sleep(RETRY_MS, undefined, { signal: aborted.signal, ref: false }).catch(() => undefined)
  }

  const writeAndSettle = async (open: OpenWork) => {
    const { work } = open
    await settlement.open(open)
    await it.writer.write(
      work.source,
      work.items,
      (delivered, refused) => settlement.settle(open, delivered, refused),
      aborted.signal,
    )
    trouble = undefined
  }

  const launch = (open: OpenWork) => {
    let isDoneWith = false
    const done = writeAndSettle(open)
      .then(() => {
        isDoneWith = config.definition.copiesPayloads === true
      })
      .catch(async (error: unknown) => {
        if (aborted.signal.aborted) return
        await fail('a batch could not be finished and will be taken up again', error)
        intake.giveBack(open)
      })
      .finally(() => {
        underWay.delete(done)
        giveBackMemory(open.work, isDoneWith)
        waker.wake()
      })
    underWay.set(done, open.work)
  }

  const run = async () => {
    while (!stopping) {
      try {
        const open = hasRoom() ? await intake.take({ flush, lettersUnderWay: lettersUnderWay() }) : undefined
        if (open === undefined && formsAhead()) await intake.formNext()
        if (open !== undefined) launch(open)
        else await waker.wait(hasRoom() ? intake.ripensIn() : undefined)
      } catch (error) {
        await fail('the log of a source cannot be read', error)
      }
    }
  }

  return {
    config,
    book,
    gate,
    taken: intake.taken,
    run() {
      running ??= run()
      return running
    },
    wake: waker.wake,
    wakeForLetters() {
      intake.lookForLetters()
      waker.wake()
    },
    flush() {
      flush = true
      waker.wake()
    },
    isDrained: () => underWay.size === 0 && intake.isEmpty(),
    async stop() {
      stopping = true
      waker.wake()
      await running
      await Promise.all(underWay.keys())
      settlement.end()
    },
    abort() {
      stopping = true
      aborted.abort(new Error('the lane is aborted'))
      waker.wake()
    },
    trouble: () => trouble,
    async oldestWaiting() {
      const works = [...underWay.values(), ...intake.forming()]
      const isBehind = (source: string) => intake.waitsFrom(source) < it.logEnd(source)
      const behind = it.store.trouble() === undefined ? config.sources.filter(isBehind) : []
      const oldest = Math.min(...works.map(oldestOf), await oldestStored(it.store, behind, intake.waitsFrom))
      return Number.isFinite(oldest) ? oldest : undefined
    },
  }
}
