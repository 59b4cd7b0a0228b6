/** Turns events into framed messages: RFC 5424 in the framing of RFC 6587. */
import type { BatchEvent } from '../../../src/connector.ts'
import type { LineFormat } from '../../../src/formats/format.ts'
import { createFieldReader } from '../../../src/formats/native-members.ts'
import { ByteWriter } from '../../../src/lib/byte-writer.ts'
import { type Config, framingOf } from './config.ts'
import { createHeader } from './message.ts'
import { shorten } from './shorten.ts'

export interface Encoded {
  /** Whole frames, one for each event that isn't refused: a view, valid until the next batch is encoded. */
  readonly bytes: Buffer
  /** Why events are too large, by their index. */
  readonly refused: ReadonlyMap<number, string>
}

export function createEncoder(
  config: Config,
  format: LineFormat,
): (events: readonly BatchEvent[]) => Encoded {
  const header = createHeader(config)
  const counted = framingOf(config) === 'octet_counting'
  const limit = config.max_message_bytes
  const out = new ByteWriter()
  // Doesn't keep what it parses: a batch waits until its connection has stayed open, and the parsed events would wait
  // with it.
  const read = createFieldReader(format.name, FIELDS)

  const write = (head: string, payload: Uint8Array) => {
    if (counted) out.ascii(`${Buffer.byteLength(head) + payload.length} `)
    out.text(head)
    out.bytes(counted ? payload : onOneLine(payload))
    if (!counted) out.byte(LINE_FEED)
  }

  /** Gives the reason if the event is refused. */
  const add = (it: BatchEvent): string | undefined => {
    const { payload } = it
    const fields = read(it)
    const head = header(fields, false)
    const length = Buffer.byteLength(head) + payload.length
    if (length <= limit) return void write(head, payload)
    if (config.oversize === 'truncate') {
      const marked = header(fields, true)
      const shorter = shorten(it.event, format, limit - Buffer.byteLength(marked))
      if (shorter !== undefined) return void write(marked, shorter)
    }
    const tried = config.oversize === 'truncate' ? ', even with its description cut' : ''
    return `the message has ${length} bytes${tried}: over max_message_bytes (${limit})`
  }

  return (events) => {
    out.clear()
    const refused = new Map<number, string>()
    events.forEach((event, index) => {
      const why = add(event)
      if (why !== undefined) refused.set(index, why)
    })
    return { bytes: out.written(), refused }
  }
}

/** RFC 6587, 3.4.2: a line feed ends a message, and some receivers also take CR and NUL for an end. */
function onOneLine(payload: Uint8Array): Uint8Array {
  if (!BREAKS.some((byte) => payload.includes(byte))) return payload
  return payload.map((byte) => (BREAKS.includes(byte) ? BLANK : byte))
}

const FIELDS = ['uid', 'timestamp', 'action', 'organization', 'severity'] as const
const LINE_FEED = 0x0a
const BREAKS = [0x00, LINE_FEED, 0x0d]
const BLANK = 0x20
