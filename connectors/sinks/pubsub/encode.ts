/** Messages of a topic, as JSON text. Pure. */
import type { BatchEvent } from '../../../src/connector.ts'
import type { Encoded } from '../../../src/lib/entry-requests.ts'

/**
 * Of a request: 1,000 messages and 10 MB, which are counted here as they travel: in base64, with all around them.
 * https://cloud.google.com/pubsub/quotas#resource_limits
 */
export const LIMITS = { entries: 1000, bytes: 10_000_000 - 1000, bytesOfOne: 10_000_000 - 1000 }

export function encodeMessage(
  { uid, payload }: Pick<BatchEvent, 'uid' | 'payload'>,
  orderingKey: string | undefined,
): Encoded<string> {
  const { buffer, byteOffset, length } = payload
  const data = Buffer.from(buffer, byteOffset, length).toString('base64')
  const order = orderingKey === undefined ? '' : `,"orderingKey":${JSON.stringify(orderingKey)}`
  const entry = `{"data":"${data}","attributes":{"event_uid":"${uid}"}${order}}`
  return { entry, bytes: entry.length + 2 * (orderingKey?.length ?? 0) + 1 }
}

export function bodyOf(messages: readonly string[]): Buffer {
  return Buffer.from(`{"messages":[${messages.join(',')}]}`)
}
