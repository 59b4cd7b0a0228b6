/** Messages of a topic, as JSON text. Pure. */
import type { BatchEvent } from '../../../src/connector.ts'
import type { ByteWriter } from '../../../src/lib/byte-writer.ts'
import type { Encoded } from '../../../src/lib/sinks/entry-requests.ts'

/**
 * Limits of a request: 1,000 messages and 10 MB, counted here as they are sent: in base64, with everything around them.
 * https://cloud.google.com/pubsub/quotas#resource_limits
 */
export const LIMITS = { entries: 1000, bytes: 10_000_000 - 1000, bytesOfOne: 10_000_000 - 1000 }

export type Message = Pick<BatchEvent, 'uid' | 'payload'>

interface MessageEncoder {
  /** Gives the message's size in a request, without writing it. */
  measure(message: Message): Encoded<Message>
  /** The body of a request: a view of `out`, valid until that is written again. */
  body(messages: readonly Message[], out: ByteWriter): Buffer
}

export function createEncoder(orderingKey: string | undefined): MessageEncoder {
  const order = orderingKey === undefined ? '' : `,"orderingKey":${JSON.stringify(orderingKey)}`
  const [before, between, after] = ['{"data":"', '","attributes":{"event_uid":"', `"}${order}}`]
  const around = before.length + between.length + Buffer.byteLength(after) + ','.length
  return {
    measure: ({ uid, payload }) => ({
      entry: { uid, payload },
      bytes: around + uid.length + 4 * Math.ceil(payload.length / 3),
    }),
    body(messages, out) {
      out.clear()
      out.ascii('{"messages":[')
      for (const [at, { uid, payload }] of messages.entries()) {
        if (at > 0) out.ascii(',')
        out.ascii(before)
        out.ascii(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('base64'))
        out.ascii(between)
        out.ascii(uid)
        out.text(after)
      }
      out.ascii(']}')
      return out.written()
    },
  }
}
