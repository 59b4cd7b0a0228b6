/** Makes a message that is too large smaller, and keeps it valid: the event is encoded again. */
import type { AuditEvent } from '../../../src/event.ts'
import type { LineFormat } from '../../../src/formats/format.ts'
import { withinBytes } from '../../../src/formats/utf8-text.ts'

/**
 * The event's payload in at most `limit` bytes: with a shorter description, then also without the original record.
 * Undefined if that isn't enough. The format `raw` is the record, so nothing can be cut there.
 */
export function shorten(event: AuditEvent, format: LineFormat, limit: number): Buffer | undefined {
  if (format.name === 'raw') return undefined
  return cutDescription(event, format, limit) ?? cutDescription({ ...event, raw: undefined }, format, limit)
}

/** In a format, a character may take several bytes or occur twice, so the right length is searched for. */
function cutDescription(event: AuditEvent, format: LineFormat, limit: number): Buffer | undefined {
  const whole = event.description.toWellFormed()
  const encode = (length: number) =>
    Buffer.from(format.encode({ ...event, description: withinBytes(whole, length) }))
  let best = encode(0)
  if (best.length > limit) return undefined
  let fits = 0
  let fails = Buffer.byteLength(whole) + 1
  while (fails - fits > NEAR_ENOUGH) {
    const length = Math.floor((fits + fails) / 2)
    const payload = encode(length)
    if (payload.length > limit) fails = length
    else {
      best = payload
      fits = length
    }
  }
  return best
}

const NEAR_ENOUGH = 16
