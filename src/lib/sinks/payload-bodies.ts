/** Bodies made from a batch's payloads, which are copied unchanged, never parsed and printed again. Pure. */
import type { BatchEvent } from '../../connector.ts'

type Payloads = readonly Pick<BatchEvent, 'payload'>[]

/** One per line, each with its `\n`. */
export function linesOfPayloads(events: Payloads): Buffer {
  return Buffer.concat(events.flatMap(({ payload }) => [payload, LINE_END]))
}

/** A JSON array of JSON payloads. */
export function arrayOfPayloads(events: Payloads): Buffer {
  const items = events.flatMap(({ payload }, index) => (index === 0 ? [payload] : [COMMA, payload]))
  return Buffer.concat([OPEN, ...items, CLOSE])
}

const [LINE_END, OPEN, COMMA, CLOSE] = ['\n', '[', ',', ']'].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
]
