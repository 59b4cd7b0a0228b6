/** What the source shows now for a range of whole minutes, in brief. */
import type { Unreadable } from '../connector.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { createNormaliser } from '../normalise/normalise.ts'
import { normalisePage, type UidEvent, writeLine } from '../normalise/page.ts'
import type { Page } from '../poll/pages.ts'
import { readPatiently } from '../poll/read-patiently.ts'
import type { ReadDown } from '../poll/walk.ts'
import { lowerBound } from '../poll/walk-end.ts'
import type { Gap } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import type { Expect, Expectation } from './expectation.ts'
import type { SourceWait } from './progress.ts'
import type { ReconciledSource } from './reconciled-source.ts'

export interface SeenEvent {
  readonly uid: string
  readonly timestamp: number
  readonly action: string
  readonly description: string
  /** By sink that can be read back. */
  readonly expected: ReadonlyMap<string, Expectation>
}

export interface SourceView {
  /** By Unix minute. */
  readonly minutes: ReadonlyMap<number, readonly SeenEvent[]>
  readonly gaps: readonly Gap[]
  readonly unreadable: readonly Unreadable[]
}

interface ReadSourceParts {
  readonly unit: Omit<ReconciledSource, 'loop' | 'repair'>
  readonly store: Store
  readonly now: () => number
  /** By sink. */
  readonly expect: ReadonlyMap<string, Expect>
  onProgress(events: number, position: number, wait?: SourceWait): void
}

/** Enough to recognise an event by; a range may hold many. */
const DESCRIPTION_KEPT = 200

/** Unix minutes, [from, to). Throws SourceError. */
export async function readSource(
  it: ReadSourceParts,
  { from, to }: { from: number; to: number },
  signal: AbortSignal,
): Promise<SourceView> {
  const { unit, store, now, expect } = it
  const { id } = unit.config
  const normalise = createNormaliser({ source: id, organization: unit.source.organization })
  const line = new ByteWriter()
  const minutes = new Map<number, SeenEvent[]>()
  const gaps: Gap[] = []
  const unreadable: Unreadable[] = []
  let reached = to * 60

  const brief = (event: UidEvent): SeenEvent => {
    const { action, description } = event.normalised.members
    const seen = { action, description: description.slice(0, DESCRIPTION_KEPT) }
    const expected = new Map<string, Expectation>()
    if (expect.size > 0) {
      line.clear()
      writeLine(line, event)
      for (const [sink, ask] of expect) expected.set(sink, ask(line.written()))
    }
    return { uid: event.uid, timestamp: event.timestamp, ...seen, expected }
  }
  const emit = async (page: Page) => {
    gaps.push(...page.gaps.filter(({ second }) => second < to * 60))
    unreadable.push(...page.unreadable)
    const wanted = page.records.filter(({ timestamp }) => timestamp < to * 60)
    for (const event of normalisePage(wanted, normalise, now())) {
      const minute = Math.floor(event.timestamp / 60)
      const known = minutes.get(minute)
      if (known === undefined) minutes.set(minute, [brief(event)])
      else known.push(brief(event))
    }
    reached = Math.min(to * 60, Math.max(from * 60, page.position))
    it.onProgress(wanted.length, reached)
  }
  const { variant } = unit.poller.state()
  const down: ReadDown = {
    ask: (request) => unit.asker.ask({ ...request, ...(variant === undefined ? {} : { variant }) }, signal),
    before: to * 60,
    position: Number.POSITIVE_INFINITY,
    notBefore: await lowerBound(store, id, from * 60),
    end: () => from * 60,
    emit,
  }
  await readPatiently(down, signal, ({ message: reason }, ms) =>
    it.onProgress(0, reached, { reason, until: now() + ms }),
  )
  return { minutes, gaps, unreadable }
}
