/** Hands events over in slices that one request of the engine's API has room for. */
import type { AuditEvent } from '../event.ts'
import { native } from '../formats/native.ts'
import type { ImportRequest, ImportResult, Refused } from './request.ts'

const SLICE_EVENTS = 5_000
const SLICE_BYTES = 8 << 20
/** Room for them, and for what is around and between them, in a body of 1 MiB. */
const REQUEST_BYTES = 1_000_000

export interface ImportTotals {
  added: number
  known: number
  filtered: number
  readonly refused: Refused[]
}

export interface SliceSender {
  /** Waits for the slice before when another one is full. Throws what that came to. */
  add(event: AuditEvent): Promise<void>
  /** Waits for all of them. */
  flush(): Promise<void>
  readonly totals: ImportTotals
}

/** `overHttp`: an event that no request has room for is refused, not sent. */
export function createSliceSender(
  importEvents: (request: ImportRequest) => Promise<ImportResult>,
  sink: string,
  overHttp: boolean,
): SliceSender {
  const totals: ImportTotals = { added: 0, known: 0, filtered: 0, refused: [] }
  let events: AuditEvent[] = []
  let bytes = 0
  /** One is under way while the next is read. */
  let sent = Promise.resolve()
  const sliceBytes = overHttp ? REQUEST_BYTES : SLICE_BYTES
  const take = async (slice: readonly AuditEvent[]) => {
    const { added, known, filtered, refused } = await importEvents({ sink, events: slice })
    totals.added += added
    totals.known += known
    totals.filtered += filtered
    totals.refused.push(...refused)
  }
  const send = async () => {
    await sent
    if (events.length === 0) return
    sent = take(events)
    sent.catch(() => undefined)
    events = []
    bytes = 0
  }
  return {
    totals,
    async flush() {
      await send()
      await sent
    },
    async add(event) {
      const size = Buffer.byteLength(native.encode(event))
      if (overHttp && size > REQUEST_BYTES) {
        totals.refused.push({ uid: event.uid, reason: 'is larger than 1 MB: import it while no engine runs' })
        return
      }
      if (events.length >= SLICE_EVENTS || bytes + size > sliceBytes) await send()
      events.push(event)
      bytes += size
    },
  }
}
