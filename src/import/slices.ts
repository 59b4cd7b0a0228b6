/** Hands events over in slices that one request of the engine's API has room for. */
import type { NewEvent } from '../archive/stored-archive.ts'
import type { ImportRequest, ImportResult, Refused } from './request.ts'

const SLICE_EVENTS = 5_000
const SLICE_BYTES = 8 << 20
/** Leaves room in a body of 1 MiB for what goes around and between the events. */
const REQUEST_BYTES = 1_000_000

/** The engine reads one while the archive's thread writes the other. */
const IN_FLIGHT = 2

export interface ImportTotals {
  added: number
  known: number
  filtered: number
  readonly refused: Refused[]
}

export interface SliceSender {
  /** When a slice is full, waits for an earlier one. Throws what that one threw. */
  add(event: NewEvent): Promise<void>
  /** Counts an event as refused that is not sent. */
  refuse(event: Refused): void
  /** Waits for all of them. */
  flush(): Promise<void>
  /** Sends nothing more, and waits for what is under way, successful or not. */
  end(): Promise<void>
  readonly totals: ImportTotals
  /** How many of the refused events were not sent. */
  refusedUnsent(): number
}

/** `overHttp`: an event that no request has room for is refused, not sent. */
export function createSliceSender(
  importEvents: (request: ImportRequest) => Promise<ImportResult>,
  sink: string,
  overHttp: boolean,
): SliceSender {
  const totals: ImportTotals = { added: 0, known: 0, filtered: 0, refused: [] }
  let events: NewEvent[] = []
  let bytes = 0
  let refusedUnsent = 0
  const sent: Promise<void>[] = []
  const sliceBytes = overHttp ? REQUEST_BYTES : SLICE_BYTES
  const take = async (slice: readonly NewEvent[]) => {
    const { added, known, filtered, refused } = await importEvents({ sink, events: slice })
    totals.added += added
    totals.known += known
    totals.filtered += filtered
    totals.refused.push(...refused)
  }
  const send = async () => {
    while (sent.length >= (overHttp ? IN_FLIGHT : 1)) await sent.shift()
    if (events.length === 0) return
    const one = take(events)
    one.catch(() => undefined)
    sent.push(one)
    events = []
    bytes = 0
  }
  const refuse = (event: Refused) => {
    totals.refused.push(event)
    refusedUnsent++
  }
  return {
    totals,
    refuse,
    refusedUnsent: () => refusedUnsent,
    async flush() {
      await send()
      while (sent.length > 0) await sent.shift()
    },
    async end() {
      await Promise.allSettled(sent)
    },
    async add(event) {
      const size = event.line.length
      if (overHttp && size > REQUEST_BYTES) {
        return refuse({ uid: event.uid, reason: 'is larger than 1 MB: import it while no engine runs' })
      }
      if (events.length >= SLICE_EVENTS || bytes + size > sliceBytes) await send()
      events.push(event)
      bytes += size
    },
  }
}
