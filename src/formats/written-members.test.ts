import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileEvents, hostileText, timelessEvents } from '../../test/formats/hostile-events.ts'
import { eventOf, eventOfEach } from '../../test/formats/sample-events.ts'
import { LIVE_COLUMNS } from './csv-columns.ts'
import type { LineFormat } from './format.ts'
import { lineFormat } from './formats.ts'
import { native, parseNative } from './native.ts'
import { membersOfLine } from './written-members.ts'

const formats = [
  lineFormat('ecs'),
  lineFormat('ecs', { ecs: { original: true } }),
  lineFormat('ocsf'),
  lineFormat('ocsf', { ocsf: { version: '1.3.0', raw_data: true } }),
  lineFormat('udm'),
  lineFormat('otel'),
  lineFormat('otel', { otel: { event_name: 'per_event' } }),
]
const line = native.encode(eventOf({ event: 'stack-created' }))

/** Each character of the result stands for one byte. */
function encodedLine({ encodeLine }: LineFormat, bytes: Uint8Array): string | undefined {
  const written = encodeLine?.(bytes)
  return typeof written === 'string' ? Buffer.from(written, 'latin1').toString() : undefined
}

test('each kind of event read from its line is the same as when it is parsed', () => {
  for (const event of eventOfEach()) {
    const bytes = Buffer.from(native.encode(event))
    for (const format of formats) expect(encodedLine(format, bytes)).toBe(format.encode(parseNative(bytes)))
  }
})

test('so is one whose record is a row of the export', () => {
  const cells = fc.array(hostileText, { minLength: LIVE_COLUMNS.length, maxLength: LIVE_COLUMNS.length })
  let read = 0
  const event = eventOf({ event: 'stack-created' })
  const isSame = fc.property(cells, fc.boolean(), (texts, isNamed) => {
    const row = Object.fromEntries(LIVE_COLUMNS.map(([name], at) => [name, texts[at]?.toWellFormed()]))
    if (isNamed) row.Event = event.actionName
    const bytes = Buffer.from(native.encode({ ...event, raw: row }))
    for (const format of formats) {
      const written = encodedLine(format, bytes)
      if (written === undefined) continue
      read++
      expect(written).toBe(format.encode(parseNative(bytes)))
    }
  })
  fc.assert(isSame, { numRuns: 300 })
  expect(read).toBeGreaterThan(1_000)
})

test.each([
  ['just as long as fits', `${'é'.repeat(510)}\n`],
  ['a byte too long', `${'é'.repeat(510)}\n1`],
  ['much too long', '€'.repeat(2_000)],
  ['of characters of each length', 'aé€😀\u0085\u2028'],
])('so is one whose texts are %s', (_, text) => {
  const event = eventOf({
    event: 'stack-created',
    description: text,
    name: text,
    login: text,
    tokenName: text,
  })
  const bytes = Buffer.from(native.encode(event))
  for (const format of formats) {
    const written = encodedLine(format, bytes)
    if (written !== undefined) expect(written).toBe(format.encode(parseNative(bytes)))
  }
  expect(encodedLine(lineFormat('otel'), bytes)).toContain(text.slice(0, 4))
})

test.each(['dana@example.com', 'à@b', 'a@b\u00a0c', 'a\u3000@b', 'a\n@b'])(
  'so is one whose address of mail is %j',
  (email) => {
    const bytes = Buffer.from(native.encode(eventOf({ event: 'user-login', email })))
    for (const format of formats) {
      const written = encodedLine(format, bytes)
      if (written !== undefined) expect(written).toBe(format.encode(parseNative(bytes)))
    }
  },
)

test('so is any other that is read without parsing', () => {
  let read = 0
  const isSame = fc.property(fc.oneof(hostileEvents, timelessEvents), (event) => {
    const bytes = Buffer.from(native.encode(event))
    for (const format of formats) {
      const written = encodedLine(format, bytes)
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

test.each(['\\ud83d', '\\uDE00', 'a\\udc00b', '\\ud83d\\ude00', '\\u00e9', '\\u0080'])(
  'a line with %s is left to the parser, which says what is meant',
  (escaped) => {
    const bytes = Buffer.from(line.replaceAll('"acme"', `"${escaped}"`))
    expect(membersOfLine(bytes)).toBeUndefined()
    const inRecord = Buffer.from(line.replace(/"raw":.*\}$/, `"raw":{"a":["${escaped}"]}}`))
    expect(membersOfLine(inRecord)).toBeUndefined()
  },
)

test.each(['\\u0000', '\\u007F', '\\u003c'])('a line with %s is not', (escaped) => {
  const bytes = Buffer.from(line.replaceAll('"acme"', `"${escaped}"`))
  expect(membersOfLine(bytes)?.organization).toBe(`"${escaped}"`)
  for (const format of formats) {
    const written = JSON.parse(encodedLine(format, bytes) ?? '')
    expect(written).toEqual(JSON.parse(format.encode(parseNative(bytes))))
  }
})

test('a record that is not JSON does not count', () => {
  const damaged = Buffer.from(line.replace(/"raw":\{/, '"raw":{{'))
  expect(() => membersOfLine(damaged)).toThrow(SyntaxError)
})
