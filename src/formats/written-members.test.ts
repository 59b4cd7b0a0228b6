import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileEvents, timelessEvents } from '../../test/formats/hostile-events.ts'
import { eventOf, eventOfEach } from '../../test/formats/sample-events.ts'
import { lineFormat } from './formats.ts'
import { native, parseNative } from './native.ts'
import { membersOfLine, utf8MembersOfLine } from './written-members.ts'

const formats = [
  lineFormat('ecs'),
  lineFormat('ecs', { ecs: { original: true } }),
  lineFormat('udm'),
  lineFormat('otel'),
  lineFormat('otel', { otel: { event_name: 'per_event' } }),
]
const line = native.encode(eventOf({ event: 'stack-created' }))

test('from its line, each kind of event is what it is when it was parsed', () => {
  for (const event of eventOfEach()) {
    const bytes = Buffer.from(native.encode(event))
    for (const format of formats) expect(format.encodeLine?.(bytes)).toBe(format.encode(parseNative(bytes)))
  }
})

test('so is any other that is read without parsing', () => {
  let read = 0
  const isSame = fc.property(fc.oneof(hostileEvents, timelessEvents), (event) => {
    const bytes = Buffer.from(native.encode(event))
    for (const format of formats) {
      const written = format.encodeLine?.(bytes)
      if (written === undefined) continue
      read++
      expect(written).toBe(format.encode(parseNative(bytes)))
    }
  })
  fc.assert(isSame, { numRuns: 500 })
  expect(read).toBeGreaterThan(50)
})

test.each([
  ['with what a rule added', line.replace(',"raw":', ',"enrichment":{"fields":{"a":"b"}},"raw":')],
  ['in another order', line.replace(/^\{("uid":"\w+"),("source":"\w+")/, '{$2,$1')],
  ['with a member more', line.replace(',"required":', ',"more":1,"required":')],
  ['with a member more in its actor', line.replace('"actor":{', '"actor":{"more":1,')],
  ['with spaces', line.replaceAll('":', '": ')],
  ['with a number for a text', line.replace(/"source":"\w+"/, '"source":1')],
  ['without a record', line.replace(/,"raw":.*\}$/, '}')],
  ['that is cut', line.slice(0, line.indexOf(',"raw"'))],
  ['that goes on', `${line} `],
  ['of a monstrous event', native.encode(eventOf({ description: '"'.repeat(1 << 16) }))],
])('a line %s is left to the parser', (_, other) => {
  expect(other).not.toBe(line)
  expect(membersOfLine(Buffer.from(other))).toBeUndefined()
})

test.each(['\\ud83d', '\\uDE00', 'a\\udc00b'])(
  'a line with %s is left to the parser where texts are UTF-8',
  (half) => {
    const other = Buffer.from(line.replace('"acme"', `"${half}"`))
    expect(membersOfLine(other)?.organization).toBe(`"${half}"`)
    expect(utf8MembersOfLine(other)).toBeUndefined()
  },
)

test('a record that is no JSON is none', () => {
  const damaged = Buffer.from(line.replace(/"raw":\{/, '"raw":{{'))
  expect(() => membersOfLine(damaged)).toThrow(SyntaxError)
})
