/**
 * Bodies of `_bulk`: for each event an action line, then the document, which is the payload unchanged. Only `create`:
 * data streams take nothing else, and it never overwrites a document.
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 */
import type { BatchEvent } from '../../../src/connector.ts'
import type { FormatName } from '../../../src/formats/format.ts'
import { rfc3339 } from '../../../src/formats/rfc3339.ts'
import { ByteWriter } from '../../../src/lib/byte-writer.ts'

type EncodedEvent = Pick<BatchEvent, 'uid' | 'timestamp' | 'payload'>

/** The body is a view of `out` and is valid until that is written again. */
type Encode = (events: readonly EncodedEvent[], out?: ByteWriter) => Buffer

export function createEncoder({ document_ids }: { document_ids: boolean }, format: FormatName): Encode {
  const stamps = format !== 'ecs'
  let lastTimestamp = Number.NaN
  let stamp = ''
  return (events, out = new ByteWriter()) => {
    out.clear()
    for (const { uid, timestamp, payload } of events) {
      if (document_ids) {
        out.ascii('{"create":{"_id":"')
        out.ascii(uid)
        out.ascii('"}}\n')
      } else out.ascii('{"create":{}}\n')
      if (stamps && payload[0] === OPEN) {
        if (timestamp !== lastTimestamp) stamp = `{"@timestamp":"${timeOf(timestamp)}"`
        lastTimestamp = timestamp
        out.ascii(stamp)
        if (payload[1] !== CLOSE) out.byte(COMMA)
        out.bytes(payload.subarray(1))
      } else out.bytes(payload)
      out.byte(LINE_END)
    }
    return out.written()
  }
}

/** What the action line, the time and the line ends add to a payload. */
export const BYTES_AROUND_PAYLOAD = 160

const [OPEN, CLOSE, COMMA, LINE_END] = [0x7b, 0x7d, 0x2c, 0x0a] as const

/** What `strict_date_optional_time` reads: years of four digits. The event itself keeps the number unchanged. */
function timeOf(timestamp: number): string {
  return rfc3339(Math.min(LAST_TIME, Math.max(FIRST_TIME, timestamp)))
}

const FIRST_TIME = -62_135_596_800
const LAST_TIME = 253_402_300_799
