/** Lines of a batch, and the other direction: where the last whole line of a file ends. */
import type { BatchEvent } from '../../../src/connector.ts'
import type { LineFormat } from '../../../src/formats/format.ts'
import { linkFile, type Tip } from '../../../src/integrity/chain.ts'

/** `atStart`: the file is empty, so the format's header comes first. `tip`: what the events are linked to. */
export function encodeLines(
  events: readonly BatchEvent[],
  format: LineFormat,
  atStart: boolean,
  tip?: Tip,
): Buffer {
  const lineEnd = Buffer.from(format.lineEnd)
  const payloads = events.map(({ payload }) => payload)
  const lines = tip === undefined ? payloads : linkFile(payloads, tip, atStart)
  return Buffer.concat([...(atStart ? headOf(format) : []), ...lines.flatMap((line) => [line, lineEnd])])
}

/** Whether a file that begins with `start` may hold this format. It may also be torn within its header or first line. */
export function mayHold(start: Buffer, format: LineFormat): boolean {
  const isBegun = (opening: string) => opening.startsWith(start.toString('latin1', 0, opening.length))
  if (format.openings !== undefined) return format.openings.some(isBegun)
  const [head] = headOf(format)
  if (head === undefined) return /^[{["n]/.test(start.toString('latin1', 0, 1))
  const length = Math.min(start.length, head.length)
  return start.subarray(0, length).equals(head.subarray(0, length))
}

export interface LineScanner {
  push(chunk: Buffer): void
  /** Offset behind the last whole line seen so far. */
  end(): number
}

/**
 * Scans a CSV file from its start: a line break inside quotes is part of a cell, and only counting the quotes
 * from the start tells. A doubled quote toggles twice. (RFC 4180, 2.6 and 2.7)
 */
export function createCsvScanner(): LineScanner {
  let offset = 0
  let end = 0
  let quoted = false
  return {
    push(chunk) {
      let from = 0
      while (from < chunk.length) {
        const quote = chunk.indexOf(QUOTE, from)
        const to = quote === -1 ? chunk.length : quote
        const lineFeed = quoted ? -1 : chunk.subarray(from, to).lastIndexOf(LINE_FEED)
        if (lineFeed !== -1) end = offset + from + lineFeed + 1
        if (quote !== -1) quoted = !quoted
        from = to + 1
      }
      offset += chunk.length
    },
    end: () => end,
  }
}

export const LINE_FEED = 0x0a
const QUOTE = 0x22

function headOf(format: LineFormat): Buffer[] {
  return format.header === undefined ? [] : [Buffer.from(format.header + format.lineEnd)]
}
