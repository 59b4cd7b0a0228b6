/** Reads a range again from the source, downwards, within the request budget and after the polls. */
import type { Source } from '../connector.ts'
import { messageOf, OperationError } from '../errors.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { createNormaliser } from '../normalise/normalise.ts'
import { normalisePage, writeLine } from '../normalise/page.ts'
import type { Asker } from '../poll/asker.ts'
import type { Page } from '../poll/pages.ts'
import { readPatiently } from '../poll/read-patiently.ts'
import type { Patience } from '../poll/try-again.ts'
import type { ReadDown } from '../poll/walk.ts'

export interface SourceReading {
  readonly id: string
  readonly source: Pick<Source, 'organization'>
  readonly asker: Asker
  /** The API variant chosen earlier. */
  readonly variant: string | undefined
  readonly now: () => number
  /** Before each wait for the source. */
  readonly onWait?: Patience['onWait'] | undefined
}

export interface SourceStep {
  readonly unreadable: number
  readonly gaps: number
  /** Seconds from here on have been read; absent when all of the range has. */
  readonly at?: number
}

export interface SourceWalk {
  readonly from: number
  /** Seconds from here on are not wanted. */
  readonly before: number
  /** Whether an earlier slice read down to `before`. */
  readonly goesOn: boolean
  matches(uid: string, timestamp: number): boolean
  /** Newest first. May throw SliceEnds. */
  visit(uid: string, line: Uint8Array, timestamp: number): Promise<void>
  mayGoOn(): boolean
}

/** Enough was read for one slice: all of `position` and what lies above it. */
export class SliceEnds extends Error {
  readonly position: number
  constructor(position: number) {
    super()
    this.position = position
  }
}

/** Throws OperationError when the source does not answer as it should. */
export async function downSource(
  it: SourceReading,
  walk: SourceWalk,
  signal: AbortSignal,
): Promise<SourceStep> {
  const normalise = createNormaliser({ source: it.id, organization: it.source.organization })
  const read = { unreadable: 0, gaps: 0 }
  const line = new ByteWriter()
  const emit = async (page: Page) => {
    read.unreadable += page.unreadable.length
    read.gaps += page.gaps.length
    for (const event of normalisePage(page.records, normalise, it.now()).reverse()) {
      if (!walk.matches(event.uid, event.timestamp)) continue
      line.clear()
      writeLine(line, event)
      await walk.visit(event.uid, line.written(), event.timestamp)
    }
    const isFurther = walk.from < page.position && page.position < walk.before
    if (isFurther && !walk.mayGoOn()) throw new SliceEnds(page.position)
  }
  const variant = it.variant === undefined ? {} : { variant: it.variant }
  try {
    const down: ReadDown = {
      ask: async (request) => {
        await it.asker.leaveHalf(signal)
        return it.asker.ask({ ...request, ...variant }, signal)
      },
      before: walk.before,
      position: walk.goesOn ? walk.before : Number.POSITIVE_INFINITY,
      notBefore: Math.max(0, walk.from - 1),
      end: () => walk.from,
      emit,
    }
    await readPatiently(down, signal, it.onWait)
    return read
  } catch (error) {
    if (error instanceof SliceEnds) return { ...read, at: error.position }
    throw error instanceof OperationError ? error : new OperationError(`source ${it.id}: ${messageOf(error)}`)
  }
}
