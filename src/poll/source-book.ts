/**
 * What is known of one source while it is read: its state, its questions, and its pages on their way into the spool.
 * Polls and a backfill share it. Pages are spooled one at a time, each on top of the state that the one before left.
 */
import type { Answer, ReadRequest } from '../connector.ts'
import { createTurns } from '../lib/turns.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { Asker } from './asker.ts'
import { type BrokenOff, createBrokenOff } from './broken-off.ts'
import type { Urgency } from './budget.ts'
import type { Page } from './pages.ts'

/** The state to store with a page, made from the state that already counts the page. */
export type NextState = (state: SourceState) => SourceState

/** Normalises a page, spools what is new of it and stores `next` in the same transaction. */
export type SpoolPage = (
  page: Page,
  state: SourceState,
  next: NextState,
  signal: AbortSignal,
) => Promise<SourceState>

interface SourceBookParts {
  readonly asker: Asker
  readonly state: SourceState
  /** The source's state to continue from. */
  load(): Promise<SourceState>
  /** Stores a state without a page. */
  save(state: SourceState): Promise<void>
  readonly now: () => number
}

export interface SourceBook {
  readonly asker: Asker
  /** The most records that any answer showed; kept across walks. */
  readonly capacity: { rows: number }
  readonly brokenOff: BrokenOff
  state(): SourceState
  /** Continues from what is stored: another process has polled, or what is in memory can't be trusted. */
  reload(): Promise<void>
  /** Throws SourceError. */
  ask(request: ReadRequest, signal: AbortSignal, urgency?: Urgency): Promise<Answer>
  /** An answer turned out to be unusable while it was read: the variant that it claimed is not believed. */
  forgetVariant(): void
  polled(at: number): void
  /** Spools a page on top of the state that the page before left; answers the state that this one leaves. */
  spool(work: (state: SourceState) => Promise<SourceState>, signal: AbortSignal): Promise<SourceState>
  /** Changes the state, in memory even if it can't be stored. */
  change(how: (state: SourceState) => SourceState): Promise<void>
}

export function createSourceBook({ asker, state: first, load, save, now }: SourceBookParts): SourceBook {
  let stored = first
  /** What may change while a page is on its way. */
  let notes: Pick<SourceState, 'requests' | 'budgetFullAt' | 'lastPoll'> = { requests: 0 }
  /** Stored only with the first page: an answer may turn out to be unusable while it is read. */
  let { variant } = first
  const inTurn = createTurns()
  const state = (): SourceState => ({ ...stored, ...notes })
  const open = (loaded: SourceState) => {
    stored = loaded
    variant = loaded.variant
    const { requests, budgetFullAt, lastPoll } = loaded
    notes = {
      requests,
      ...(budgetFullAt === undefined ? {} : { budgetFullAt }),
      ...(lastPoll === undefined ? {} : { lastPoll }),
    }
    if (budgetFullAt !== undefined) asker.budget.resume(budgetFullAt)
  }
  open(first)

  return {
    asker,
    capacity: { rows: 0 },
    brokenOff: createBrokenOff(now),
    state,
    reload: () => inTurn(async () => open(await load())),
    async ask(request, signal, urgency) {
      const known = variant === undefined ? {} : { variant }
      notes = { ...notes, requests: notes.requests + 1 }
      const answer = await asker.ask({ ...request, ...known }, signal, urgency)
      notes = { ...notes, budgetFullAt: asker.budget.fullAt() }
      variant = answer.variant
      return answer
    },
    forgetVariant() {
      variant = stored.variant
    },
    polled(at) {
      notes = { ...notes, lastPoll: at }
    },
    spool: (work, signal) =>
      inTurn(async () => {
        signal.throwIfAborted()
        stored = await work({ ...state(), ...(variant === undefined ? {} : { variant }) })
        return stored
      }),
    change: (how) =>
      inTurn(async () => {
        stored = how(state())
        await save(stored)
      }),
  }
}
