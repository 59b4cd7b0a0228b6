import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AuditEvent } from '../../../src/event.ts'
import { lineFormat } from '../../../src/formats/formats.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { createCsvScanner, encodeLines, mayHold } from './encode.ts'

const events = auditEvents(6)

describe('lines', () => {
  it.each(['native', 'raw', 'csv', 'pulumi_csv'] as const)('of %s are golden', async (name) => {
    const format = lineFormat(name)
    const text = encodeLines(batchOf(events, format).events, format, true).toString()
    await expect(text).toMatchFileSnapshot(`fixtures/${name}.txt`)
  })

  it('start with the header only at the start of a file', () => {
    const format = lineFormat('csv')
    const { events: written } = batchOf(events, format)
    const [atStart, later] = [true, false].map((it) => encodeLines(written, format, it).toString())
    expect(atStart).toBe(`${format.header}\r\n${later}`)
  })
})

describe('the end of the last whole CSV line', () => {
  const format = lineFormat('csv')
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n', '\r\n', 'é', ' ') })
  const rows = fc.array(fc.tuple(text, text), { maxLength: 6 })

  it('is found wherever the file is torn, in pieces of any size', () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.integer({ min: 1, max: 9 }), (cells, cut, pieceSize) => {
        const lines = cells.map((row) => Buffer.from(`${format.encode(withTexts(row))}\r\n`))
        const whole = Buffer.concat(lines)
        const torn = whole.subarray(0, cut % (whole.length + 1))
        const scanner = createCsvScanner()
        for (let from = 0; from < torn.length; from += pieceSize) {
          scanner.push(torn.subarray(from, from + pieceSize))
        }
        const ends = lines.map((_, index) => Buffer.concat(lines.slice(0, index + 1)).length)
        expect(scanner.end()).toBe(ends.findLast((end) => end <= torn.length) ?? 0)
      }),
      { numRuns: 500 },
    )
  })

  function withTexts([description, name]: [string, string]): AuditEvent {
    const [event] = events
    if (event === undefined) throw new Error('no event')
    return { ...event, description, actor: { ...event.actor, name } }
  }
})

it.each([
  ['native', '{"uid"', true],
  ['native', '{', true],
  ['raw', 'null\n', true],
  ['native', 'Timestamp,Name', false],
  ['native', '2026-11-22 a log line', false],
  ['csv', 'Timestamp,Na', true],
  ['csv', '{"uid"', false],
  ['csv', 'Timestamp;Name', false],
  ['pulumi_csv', lineFormat('csv').header ?? '', false],
  ['cef', 'CEF:0|Pulumi|', true],
  ['cef', 'CE', true],
  ['cef', 'LEEF:2.0|Pulumi|', false],
  ['cef', '{"uid"', false],
  ['leef', 'LEEF:1.0|Pulumi|', true],
  ['leef', 'CEF:0|Pulumi|', false],
  ['pulumi_cef', 'Nov 22 21:58:41 api', true],
  ['pulumi_cef', 'No', true],
  ['pulumi_cef', '2026-11-22 a log line', false],
  ['pulumi_cef', 'CEF:0|Pulumi|', false],
  ['native', 'CEF:0|Pulumi|', false],
] as const)('%s may follow %j: %s', (name, start, expected) => {
  expect(mayHold(Buffer.from(start), lineFormat(name))).toBe(expected)
})
