/**
 * HEC envelopes, one per line. An event's payload is copied unchanged between constant pieces, never parsed and
 * printed again: this runs for every event.
 */
import type { BatchEvent } from '../../../src/connector.ts'
import { ByteWriter } from '../../../src/lib/byte-writer.ts'

/** What is the same in every envelope; empty text counts as absent. */
interface Metadata {
  readonly host?: string | undefined
  readonly source?: string | undefined
  readonly sourcetype?: string | undefined
  readonly index?: string | undefined
}

type EncodedEvent = Pick<BatchEvent, 'uid' | 'timestamp' | 'payload'>

/** The body is a view of `out`, which the next body overwrites. */
type Encode = (events: readonly EncodedEvent[], out?: ByteWriter) => Buffer

/** `contentType` is that of a payload: JSON becomes the envelope's `event` verbatim, the rest a JSON string. */
export function createEncoder(metadata: Metadata, contentType: string): Encode {
  const isJson = contentType === 'application/json'
  const opening = '{"time":'
  const beforePayload = Buffer.from(`${constantFields(metadata)},"event":`)
  const beforeUid = ',"fields":{"event_uid":"'
  const closing = '"}}\n'

  return (events, out = new ByteWriter()) => {
    out.clear()
    for (const { uid, timestamp, payload } of events) {
      out.ascii(opening)
      out.ascii(`${timestamp}`)
      out.bytes(beforePayload)
      if (isJson) out.bytes(payload)
      else out.jsonOf(payload)
      out.ascii(beforeUid)
      out.ascii(uid)
      out.ascii(closing)
    }
    return out.written()
  }
}

function constantFields({ host, source, sourcetype, index }: Metadata): string {
  return Object.entries({ host, source, sourcetype, index })
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `,"${name}":${JSON.stringify(value)}`)
    .join('')
}
