/**
 * The text of an event's record, as it stands in the native line that the event was read from. Whoever writes the
 * record again copies that text: parsing and printing would change numbers beyond a double, `1.0`, and duplicate keys.
 */
import type { AuditEvent } from '../event.ts'
import { jsonText } from '../lib/json-text.ts'

/** A constructor that returns the event itself, so that the subclass extends that very object. */
function given(event: AuditEvent): AuditEvent {
  return event
}
const Given = given as unknown as new (event: AuditEvent) => object

/** Only a class can put a private member on an existing object; no copy, comparison or JSON shows it. */
class Origin extends Given {
  #line: string | undefined

  constructor(event: AuditEvent, line: string | undefined) {
    super(event)
    this.#line = line
  }

  static lineOf(event: AuditEvent): string | undefined {
    return #line in event ? (event as unknown as Origin).#line : undefined
  }

  static forget(event: AuditEvent): void {
    if (#line in event) (event as unknown as Origin).#line = undefined
  }
}

/** `line`: the event as the native format writes it. Returns the event. */
export function withLine<Event extends AuditEvent>(event: Event, line: string): Event {
  new Origin(event, line)
  return event
}

/** The same for a line that may come from elsewhere: not kept unless the record is where it should be. */
export function withForeignLine(event: AuditEvent, line: string): AuditEvent {
  const text = /[\r\n]/.test(line) ? undefined : textIn(line)
  if (text === undefined) return event
  try {
    JSON.parse(text)
  } catch {
    return event
  }
  return withLine(event, line)
}

/** Call this when the event's `raw` was changed. */
export const forgetRecordText: (event: AuditEvent) => void = Origin.forget

/**
 * JSON of the event's record: unchanged from the source if its text is known and nothing changed it. Undefined if the
 * event has none.
 */
export function recordText(event: AuditEvent): string | undefined {
  if (event.raw === undefined) return undefined
  const line = Origin.lineOf(event)
  return (line && textIn(line)) ?? jsonText(event.raw)
}

/**
 * The record of a native line to which no rule added anything, copied: a view would keep the whole spool entry in
 * memory.
 */
export function recordBytes(line: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
  const at = bytes.indexOf(RAW)
  if (at === -1 || bytes.at(-1) !== CLOSE || bytes.subarray(0, at).includes(ENRICHMENT)) return undefined
  return Buffer.from(bytes.subarray(at + RAW.length, -1))
}

const CLOSE = 0x7d
const RAW = ',"raw":'
const ENRICHMENT = ',"enrichment":'

/** The record is the last member; of the members before it, only those that rules added have free names. */
function textIn(line: string): string | undefined {
  let at = line.indexOf(RAW)
  const added = line.indexOf(ENRICHMENT)
  if (added !== -1 && added < at) at = objectEnd(line, added + ENRICHMENT.length)
  if (at === -1 || !line.startsWith(RAW, at) || !line.endsWith('}')) return undefined
  return line.slice(at + RAW.length, -1)
}

/** The position after the object that begins at `start`. */
function objectEnd(line: string, start: number): number {
  let depth = 0
  for (const { 0: found, index } of line.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (found === '{') depth++
    else if (found === '}') depth--
    if (depth === 0) return start + index + found.length
  }
  return line.length
}
