/** Text for schemas whose strings are UTF-8: protobuf (UDM, OTLP) and the columns of Azure Monitor. */

/**
 * Absent for an empty text. A lone surrogate becomes U+FFFD: UTF-8 can't hold it, and strict readers would refuse the
 * whole message.
 */
export function utf8Text(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text.toWellFormed()
}

/** The beginning of a well-formed text that fits into `limit` bytes of UTF-8, in whole characters. */
export function withinBytes(text: string, limit: number): string {
  if (text.length * MOST_BYTES <= limit) return text
  const { read } = encoder.encodeInto(text, new Uint8Array(limit))
  return text.slice(0, read)
}

/** For one UTF-16 unit. */
const MOST_BYTES = 3
const encoder = new TextEncoder()
