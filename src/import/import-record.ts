/** Records imports in the trail: one entry each, with the sums of its slices. */
import type { TrailEntry } from '../trail/trail.ts'
import type { ImportPart, ImportResult } from './request.ts'

type Recorded = Pick<TrailEntry, 'outcome' | 'details'>

interface ImportRecord<Deed extends Recorded> {
  /**
   * Adds up a slice, and records the import with its last one, or when a slice fails (without a result). `who` keeps the
   * imports of different people apart.
   */
  take(who: string, deed: Deed, part: ImportPart | undefined, result: ImportResult | undefined): Promise<void>
  /** Records those that are under way. From then on each slice is recorded by itself. */
  close(): Promise<void>
}

/** After this long without a slice, an import is recorded with what has come. */
const SILENCE_MS = 300_000
/** How many may be under way at a time; when there are more, the oldest is recorded. */
const MOST = 100

interface Sums {
  readonly added: number
  readonly known: number
  readonly filtered: number
  readonly refused: number
}

interface UnderWay<Deed> {
  readonly deed: Deed
  readonly sums: Sums
  readonly silence: NodeJS.Timeout
}

export function createImportRecord<Deed extends Recorded>(
  record: (deed: Deed) => Promise<void>,
  silenceMs = SILENCE_MS,
): ImportRecord<Deed> {
  const underWay = new Map<string, UnderWay<Deed>>()
  let isClosed = false

  function leave(key: string): UnderWay<Deed> | undefined {
    const one = underWay.get(key)
    clearTimeout(one?.silence)
    underWay.delete(key)
    return one
  }

  function keep(key: string, deed: Deed, sums: Sums): void {
    // What can't be written now is tried again.
    const giveUp = () => void end(key).catch(() => keep(key, deed, sums))
    underWay.set(key, { deed, sums, silence: setTimeout(giveUp, silenceMs).unref() })
  }

  async function end(key: string): Promise<void> {
    const one = leave(key)
    if (one !== undefined) await record(withSums(one.deed, one.sums))
  }

  return {
    async take(who, deed, part, result) {
      const key = `${who} ${part?.id ?? ''}`
      const before = part === undefined ? undefined : leave(key)
      const whole = { ...deed, details: { ...before?.deed.details, ...deed.details } }
      const sums = sumsAfter(before?.sums, part, result)
      if (part === undefined || part.last === true || result === undefined || isClosed) {
        return record(withSums(whole, sums))
      }
      keep(key, whole, sums)
      const [oldest] = underWay.keys()
      if (underWay.size > MOST && oldest !== undefined) await end(oldest)
    },
    async close() {
      isClosed = true
      for (const key of [...underWay.keys()]) await end(key)
    },
  }
}

function withSums<Deed extends Recorded>(deed: Deed, sums: Sums): Deed {
  return { ...deed, details: { ...deed.details, ...sums } }
}

function sumsAfter(
  before: Sums | undefined,
  part: ImportPart | undefined,
  result: ImportResult | undefined,
): Sums {
  return {
    added: (before?.added ?? 0) + (result?.added ?? 0),
    known: (before?.known ?? 0) + (result?.known ?? 0),
    filtered: (before?.filtered ?? 0) + (result?.filtered ?? 0),
    refused: (before?.refused ?? 0) + (result?.refused.length ?? 0) + (part?.refused ?? 0),
  }
}
