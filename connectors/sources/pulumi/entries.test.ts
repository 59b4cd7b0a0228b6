import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEntryReader } from './entries.ts'

function read(text: string, size = Number.POSITIVE_INFINITY): { entries: unknown[]; rest: unknown } {
  const bytes = Buffer.from(text)
  const reader = createEntryReader()
  const entries: string[] = []
  for (let at = 0; at < bytes.length; at += size) {
    entries.push(...reader.push(bytes.subarray(at, at + size)).map(String))
  }
  const rest = reader.end()
  return { entries: entries.map((it) => JSON.parse(it)), rest }
}

describe('the entries of a list', () => {
  it('are the same wherever the pieces end', () => {
    const key = fc.oneof(fc.constant('auditLogEvents'), fc.string())
    const answer = fc.record({
      before: fc.dictionary(
        fc.string().filter((it) => it !== 'auditLogEvents'),
        fc.jsonValue(),
      ),
      entries: fc.array(fc.oneof(fc.dictionary(key, fc.jsonValue()), fc.jsonValue())),
      after: fc.dictionary(
        fc.string().filter((it) => it !== 'auditLogEvents'),
        fc.jsonValue(),
      ),
      indent: fc.constantFrom(undefined, 2),
      size: fc.integer({ min: 1, max: 50 }),
    })
    fc.assert(
      fc.property(answer, ({ before, entries, after, indent, size }) => {
        const whole = { '"auditLogEvents': ['decoy'], ...before, auditLogEvents: entries, ...after }
        const text = JSON.stringify(whole, null, indent)
        const parsed = JSON.parse(text)
        expect(read(text, size)).toEqual({
          entries: parsed.auditLogEvents,
          rest: { ...parsed, auditLogEvents: [] },
        })
      }),
    )
  })

  it.each(['{}', '{"auditLogEvents":null}', '{"auditLogEvents":[]}', '{"auditLogEvents": [ \n ] }'])(
    'of %s: there are none',
    (text) => {
      expect(read(text, 3).entries).toEqual([])
    },
  )

  it.each(['', '{', '{"auditLogEvents":[{"a":1},{"b"', '{"auditLogEvents":[{"a":1}]', '<html>'])(
    '%j is not complete',
    (text) => {
      expect(() => read(text)).toThrow(SyntaxError)
    },
  )
})
