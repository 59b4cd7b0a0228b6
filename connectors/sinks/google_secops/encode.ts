/** Bodies of both APIs: UDM events as their own bytes, raw logs in base64 or as strings. Pure. */
import type { BatchEvent } from '../../../src/connector.ts'
import { isCalendarTime } from '../../../src/formats/event-time.ts'
import { rfc3339 } from '../../../src/formats/rfc3339.ts'
import type { ByteWriter } from '../../../src/lib/byte-writer.ts'
import { type Config, placeOf } from './config.ts'

/** The Ingestion API documents 1 MB a request. The Chronicle API takes more, but its limit is not documented. */
const MOST_BYTES = 1_000_000
export const MOST_ENTRIES = 1_000
/** Around all entries: names of the instance, the log type and the forwarder. */
const AROUND_ALL = 1_000
/**
 * Around one entry in base64:
 * `{"data":"","log_entry_time":"2026-11-22T22:00:00Z","collection_time":"2026-11-22T22:00:01.123Z"},`
 */
const AROUND_RAW = 100
/** `{"udm":},` */
const AROUND_UDM = 9

export const LIMITS = { entry: MOST_BYTES - AROUND_ALL, request: MOST_BYTES }
export const separator = ','

/** Bytes of payloads that always fit into a request, except for text that JSON must escape. */
export function mostPayloadBytes({ log_type }: Pick<Config, 'log_type'>): number {
  if (log_type === undefined) return LIMITS.entry - MOST_ENTRIES * AROUND_UDM
  return Math.floor(((LIMITS.entry - MOST_ENTRIES * AROUND_RAW) * 3) / 4)
}

interface Encoding {
  write(event: BatchEvent, out: ByteWriter): string | undefined
  wrap(entries: Uint8Array): readonly Uint8Array[]
}

/** The same events give the same bytes, by which Google recognises a repeated batch. */
export function encodingOf(config: Config): Encoding {
  const { api, customer_id, log_type } = config
  if (api === 'legacy') {
    const customer = JSON.stringify({ customer_id, log_type }).slice(0, -1)
    return log_type === undefined
      ? { write: ({ payload }, out) => void out.bytes(payload), wrap: around(`${customer},"events":[`, ']}') }
      : { write: writeText, wrap: around(`${customer},"entries":[`, ']}') }
  }
  const { forwarder } = placeOf(config)
  const end = forwarder === undefined ? ']}}' : `],"forwarder":${JSON.stringify(forwarder)}}}`
  return log_type === undefined
    ? { write: writeUdm, wrap: around('{"inline_source":{"events":[', ']}}') }
    : { write: writeLog, wrap: around('{"inline_source":{"logs":[', end) }
}

function writeUdm({ payload }: BatchEvent, out: ByteWriter): undefined {
  out.ascii('{"udm":')
  out.bytes(payload)
  out.ascii('}')
}

/** "The time at which the log entry was collected. Must be after the log_entry_time." */
function writeLog(event: BatchEvent, out: ByteWriter): string | undefined {
  const { buffer, byteOffset, length } = event.payload
  const { observedAt } = event.event
  const isDated = isCalendarTime(event.timestamp)
  const happened = isDated ? event.timestamp * 1000 : observedAt
  const collected = Math.max(happened + 1, Number.isSafeInteger(observedAt) ? observedAt : 0)
  if (!isCalendarTime(Math.floor(collected / 1000))) return 'its time is none that a calendar knows'
  out.ascii('{"data":"')
  out.ascii(Buffer.from(buffer, byteOffset, length).toString('base64'))
  out.ascii('","log_entry_time":"')
  out.ascii(isDated ? rfc3339(event.timestamp) : new Date(happened).toISOString())
  out.ascii(`","collection_time":"${new Date(collected).toISOString()}"}`)
  return undefined
}

function writeText({ payload, timestamp }: BatchEvent, out: ByteWriter): undefined {
  out.ascii('{"log_text":')
  out.json(Buffer.from(payload).toString())
  // Without a time Google takes the time of arrival.
  out.ascii(isCalendarTime(timestamp) ? `,"ts_rfc3339":"${rfc3339(timestamp)}"}` : '}')
}

function around(before: string, after: string): Encoding['wrap'] {
  const [head, tail] = [Buffer.from(before), Buffer.from(after)]
  return (entries) => [head, entries, tail]
}
