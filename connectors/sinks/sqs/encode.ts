/** Messages of a queue. Pure. */
import type { Batch, BatchEvent } from '../../../src/connector.ts'
import type { ByteWriter } from '../../../src/lib/byte-writer.ts'
import type { Encoded } from '../../../src/lib/sinks/entry-requests.ts'

/**
 * Limit of the payload of a request, and of a message:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
export const MAX_BYTES = 2 ** 20
export const MAX_ENTRIES = 10

export interface Message {
  /** Identifies the entry within its request. */
  readonly id: string
  readonly uid: string
  /** UTF-8. */
  readonly body: Uint8Array
  /** FIFO queues only. */
  readonly group: string | undefined
}

/** Counts the body and the attributes: name, type and value. */
export function encodeMessage(event: BatchEvent, batch: Batch, group: string | undefined): Encoded<Message> {
  const { uid } = event
  const body = allowed(event.payload)
  return {
    bytes: body.length + ATTRIBUTE_BYTES + uid.length,
    entry: { id: uid.slice(0, 80), uid, body, group: group === '' ? groupOf(batch.organization) : group },
  }
}

/** JSON of a `SendMessageBatchRequestEntry`. */
export function writeMessage({ id, uid, body, group }: Message, out: ByteWriter): void {
  out.ascii('{"Id":')
  out.json(id)
  out.ascii(',"MessageBody":')
  out.jsonOf(body)
  out.ascii(`,"MessageAttributes":{"${UID}":{"DataType":"String","StringValue":`)
  out.json(uid)
  out.ascii('}}')
  if (group !== undefined) {
    out.ascii(',"MessageGroupId":')
    out.json(group)
    out.ascii(',"MessageDeduplicationId":')
    out.json(uid)
  }
  out.ascii('}')
}

const UID = 'event_uid'
const ATTRIBUTE_BYTES = UID.length + 'String'.length

/** A queue refuses or replaces U+FFFE and U+FFFF. In JSON their escapes mean the same. */
function allowed(payload: Uint8Array): Uint8Array {
  const body = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
  if (!body.includes(FIRST_OF_BOTH)) return body
  if (!body.includes('\ufffe') && !body.includes('\uffff')) return body
  return Buffer.from(
    body.toString().replaceAll(/[\ufffe\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`),
  )
}

/** The first byte of both in UTF-8. */
const FIRST_OF_BOTH = 0xef

/** Group ids are 1 to 128 visible ASCII characters. */
function groupOf(organization: string): string {
  return organization.replaceAll(/[^!-~]/g, '_').slice(0, 128) || '_'
}
