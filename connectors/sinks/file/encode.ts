/** Lines of a batch, and the other direction: where the last whole line of a file ends. */
import type { BatchEvent } from '../../../src/connector.ts'
import type { LineFormat } from '../../../src/formats/format.ts'
import { framedLines } from '../../../src/formats/framed-lines.ts'
import { linkFile, type Tip } from '../../../src/integrity/chain.ts'
import { NEWLINE, QUOTE } from '../../../src/lib/csv/strict-row.ts'

/** `atStart`: the file is empty, so the format's header comes first. `tip`: what the events are linked to. */
export function encodeLines(
  events: readonly BatchEvent[],
  format: LineFormat,
  atStart: boolean,
  tip?: Tip,
): Buffer {
  const payloads = events.map(({ payload }) => payload)
  const lines = tip === undefined ? payloads : linkFile(payloads, tip, atStart)
  return Buffer.concat([...framedLines(lines, format, atStart)])
}

/** Whether a file that begins with `start` may hold this format. It may also be torn within its header or first line. */
export function mayHold(start: Buffer, { header, lineEnd, openings }: LineFormat): boolean {
  const text = start.toString('latin1')
  const begun = header === undefined ? openings : [header + lineEnd]
  if (begun === undefined) return /^[{["n]/.test(text)
  return begun.some((it) => it.startsWith(text.slice(0, it.length)))
}

/**
 * Scans a CSV file from its start: a line break inside quotes is part of a cell, and only counting the quotes from the
 * start shows which those are. A doubled quote toggles twice. (RFC 4180, 2.6 and 2.7)
 */
export function createCsvScanner() {
  let offset = 0
  let end = 0
  let quoted = false
  return {
    push(chunk: Buffer) {
      for (let at = 0; at < chunk.length; at++) {
        if (chunk[at] === QUOTE) quoted = !quoted
        else if (chunk[at] === NEWLINE && !quoted) end = offset + at + 1
      }
      offset += chunk.length
    },
    /** Offset after the last whole line seen so far. */
    end: () => end,
  }
}
