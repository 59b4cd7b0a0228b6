/** Hands events over in slices that one request of the engine's API has room for. */
import type { AuditEvent } from '../event.ts'
import { native } from '../formats/native.ts'
import type { ImportRequest, ImportResult, Refused } from './request.ts'

const SLICE_EVENTS = 500
const SLICE_BYTES = 512 * 1024
/** Room for it, and for what is around it, in a body of 1 MiB. */
const EVENT_BYTES = 1_000_000

export interface ImportTotals {
  added: number
  known: number
  filtered: number
  readonly refused: Refused[]
}

export interface SliceSender {
  add(event: AuditEvent): Promise<void>
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
  const flush = async () => {
    if (events.length === 0) return
    const slice = events
    events = []
    bytes = 0
    const { added, known, filtered, refused } = await importEvents({ sink, events: slice })
    totals.added += added
    totals.known += known
    totals.filtered += filtered
    totals.refused.push(...refused)
  }
  return {
    totals,
    flush,
    async add(event) {
      const size = Buffer.byteLength(native.encode(event))
      if (overHttp && size > EVENT_BYTES) {
        totals.refused.push({ uid: event.uid, reason: 'is larger than 1 MB: import it while no engine runs' })
        return
      }
      if (events.length >= SLICE_EVENTS || bytes + size > SLICE_BYTES) await flush()
      events.push(event)
      bytes += size
    },
  }
}
