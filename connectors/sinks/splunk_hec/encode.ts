/**
 * HEC envelopes, one a line. An event's payload is copied as it is between constant pieces, never parsed and
 * printed again: this runs once for every event.
 */
import type { BatchEvent } from '../../../src/connector.ts'

/** What is the same in every envelope; empty text counts as absent. */
export interface Metadata {
  readonly host?: string | undefined
  readonly source?: string | undefined
  readonly sourcetype?: string | undefined
  readonly index?: string | undefined
}

export type EncodedEvent = Pick<BatchEvent, 'uid' | 'timestamp' | 'payload'>

export type Encode = (events: readonly EncodedEvent[]) => Buffer

/** `contentType` is that of a payload: JSON becomes the envelope's `event` verbatim, the rest a JSON string. */
export function createEncoder(metadata: Metadata, contentType: string): Encode {
  const opening = '{"time":'
  const beforePayload = `${constantFields(metadata)},"event":`
  const beforeUid = ',"fields":{"event_uid":"'
  const closing = '"}}\n'
  const frameLength = opening.length + beforePayload.length + beforeUid.length + closing.length

  return (batch) => {
    const events = contentType === 'application/json' ? batch : batch.map(withJsonString)
    let limit = 0
    for (const { uid, payload } of events) {
      limit += frameLength + NUMBER_LENGTH + uid.length + payload.length
    }
    const body = Buffer.allocUnsafe(limit)
    let size = 0
    // One write holds the end of an envelope and the start of the next: half the calls, and calls are the cost.
    let between = ''
    for (const { uid, timestamp, payload } of events) {
      size += body.write(between + opening + timestamp + beforePayload, size, 'latin1')
      body.set(payload, size)
      size += payload.length
      between = beforeUid + uid + closing
    }
    size += body.write(between, size, 'latin1')
    return body.subarray(0, size)
  }
}

/** No number prints longer. */
const NUMBER_LENGTH = 25

function constantFields({ host, source, sourcetype, index }: Metadata): string {
  return Object.entries({ host, source, sourcetype, index })
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `,"${name}":${asciiJson(value)}`)
    .join('')
}

/** JSON text in ASCII, so that its length in characters is its length in bytes. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function withJsonString({ uid, timestamp, payload }: EncodedEvent): EncodedEvent {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(payload)
  return { uid, timestamp, payload: Buffer.from(JSON.stringify(text)) }
}
