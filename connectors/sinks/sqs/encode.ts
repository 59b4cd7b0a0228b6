/** Messages of a queue. Pure. */
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs'
import type { Batch, BatchEvent } from '../../../src/connector.ts'
import type { Encoded } from '../../../src/lib/entry-requests.ts'

/** Whole payload of a request and of a message: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
export const MAX_BYTES = 2 ** 20
export const MAX_ENTRIES = 10

type EncodedMessage = Encoded<SendMessageBatchRequestEntry>

/** The size is that of the body and the attributes: name, type and value. */
export function encodeMessage(event: BatchEvent, batch: Batch, group: string | undefined): EncodedMessage {
  const body = text(event.payload)
  return {
    bytes: Buffer.byteLength(body) + ATTRIBUTE_BYTES + event.uid.length,
    entry: {
      Id: event.uid.slice(0, 80),
      MessageBody: body,
      MessageAttributes: { [UID]: { DataType: 'String', StringValue: event.uid } },
      ...(group !== undefined && {
        MessageGroupId: group === '' ? groupOf(batch.organization) : group,
        MessageDeduplicationId: event.uid,
      }),
    },
  }
}

const UID = 'event_uid'
const ATTRIBUTE_BYTES = UID.length + 'String'.length

/** A queue knows no U+FFFE and U+FFFF: it refuses or replaces them. In JSON their escapes mean the same. */
function text(payload: Uint8Array): string {
  const { buffer, byteOffset, length } = payload
  const body = Buffer.from(buffer, byteOffset, length).toString()
  return body.replaceAll(/[\ufffe\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)
}

/** Group ids are 1 to 128 visible ASCII characters. */
function groupOf(organization: string): string {
  return organization.replaceAll(/[^!-~]/g, '_').slice(0, 128) || '_'
}
