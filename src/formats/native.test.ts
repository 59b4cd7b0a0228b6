import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordFields } from '../connector.ts'
import type { AuditEvent } from '../event.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { catalogue } from '../normalise/catalogue.ts'
import { record } from '../normalise/fixtures/record.ts'
import { createNormaliser, type NormalisedEvent } from '../normalise/normalise.ts'
import { native, parseNative, parseWithoutRaw, writeNative } from './native.ts'

const normalise = createNormaliser({ source: 'main', organization: 'acme "quoted"' })

/** Hostile text: control characters, lone surrogates, quotes. */
const text = fc.oneof(
  fc.constant(''),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '"',
    '\\',
    '\u0000\u001f\u007f',
    '\ud800',
    '\udc00x',
    '\u2028',
    'stack "web/prod"',
    '</script>',
  ),
)
const records: fc.Arbitrary<RecordFields> = fc.record({
  timestamp: fc.integer({ min: 0, max: 253_402_300_799 }),
  event: fc.oneof(text, ...catalogue.slice(0, 20).map((entry) => fc.constant(entry.name))),
  description: text,
  sourceIp: text,
  login: text,
  name: text,
  avatarUrl: text,
  email: text,
  tokenId: text,
  tokenName: text,
  actorName: text,
  actorUrn: text,
  orgAdmin: fc.boolean(),
  stackAdmin: fc.boolean(),
  authFailure: fc.boolean(),
  raw: fc.json(),
})

test('the line is the JSON of the plain object, its keys in order, and reads back as the event', () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 0 }), (fields, observedAt) => {
      const normalised = normalise(fields, observedAt)
      const event: AuditEvent = {
        ...normalised.members,
        uid: 'ab'.repeat(32),
        raw: JSON.parse(fields.raw) as unknown,
      }
      const bytes = lineOf(event.uid, normalised)
      const line = bytes.toString()
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(plain(event))))
      expect(Object.keys(JSON.parse(line))).toEqual(Object.keys(plain(event)))
      expect(line).not.toMatch(/[\n\r]/)
      expect(Buffer.from(line)).toEqual(bytes)
      const { time, ...back } = parseNative(bytes) as AuditEvent & { time: string }
      expect(back).toEqual(event)
      expect(native.encode(event)).toBe(native.encode(back))
    }),
    { numRuns: 1_000 },
  )
})

test('keys within actor, token and target have an order too, whatever order they came in', () => {
  const event = normalise(record(), 0).members
  const line = native.encode({
    ...event,
    uid: '00',
    actor: { urn: 'u', email: 'e', avatarUrl: 'a', name: 'n', login: 'l', type: 'agent' },
    token: { name: 'n', id: 'i' },
    target: { role: 'r', user: 'u', updateId: 'i', stack: 's', project: 'p', name: 'n', type: 't' },
    sourceIp: '192.0.2.1',
    raw: { a: [1] },
  })
  expect(line).toBe(
    String.raw`{"uid":"00","source":"main","organization":"acme \"quoted\"","timestamp":1795384721,` +
      '"time":"2026-11-22T21:58:41Z","observedAt":0,"action":"stack-created","actionName":"Stack Created",' +
      '"category":"stacks","operation":"create","outcome":"success","severity":1,' +
      '"actor":{"type":"agent","login":"l","name":"n","avatarUrl":"a","email":"e","urn":"u"},' +
      '"token":{"id":"i","name":"n"},"sourceIp":"192.0.2.1","required":{"orgAdmin":false,"stackAdmin":false},' +
      '"authFailure":false,"target":{"type":"t","name":"n","project":"p","stack":"s","updateId":"i","user":"u",' +
      '"role":"r"},"description":"","raw":{"a":[1]}}',
  )
})

test('what a rule added is between the description and the record', () => {
  const enrichment = { fields: { env: 'prod' }, geo: { country: 'DE' }, sampled: { keep: 1, of: 10 } }
  const line = native.encode({ ...normalise(record(), 0).members, uid: '00', enrichment, raw: {} })
  expect(line).toContain(
    '"description":"","enrichment":{"fields":{"env":"prod"},"geo":{"country":"DE"},"sampled":{"keep":1,"of":10}},"raw":{}}',
  )
})

test('a raw that was dropped is left out', () => {
  const event = normalise(record({ raw: '{"a":1}' }), 0).members
  const line = native.encode({ ...event, uid: '00', raw: undefined })
  expect(line).toContain('"description":""}')
})

test('a raw nested too deeply for JSON.stringify is written completely', () => {
  const text = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const line = native.encode({ ...normalise(record(), 0).members, uid: '00', raw: JSON.parse(text) })
  expect(line.endsWith(`,"raw":${text}}`)).toBe(true)
})

function lineOf(uid: string, normalised: NormalisedEvent): Buffer {
  const out = new ByteWriter()
  writeNative(out, uid, normalised)
  return out.written()
}

/** The native event as documented, written in the simplest way. */
function plain(event: AuditEvent): Record<string, unknown> {
  const { actor, token, target } = event
  return {
    uid: event.uid,
    source: event.source,
    organization: event.organization,
    timestamp: event.timestamp,
    time: new Date(event.timestamp * 1_000).toISOString().replace('.000Z', 'Z'),
    observedAt: event.observedAt,
    action: event.action,
    actionName: event.actionName,
    category: event.category,
    operation: event.operation,
    outcome: event.outcome,
    severity: event.severity,
    actor,
    ...(token !== undefined && { token }),
    ...(event.sourceIp !== undefined && { sourceIp: event.sourceIp }),
    required: event.required,
    authFailure: event.authFailure,
    ...(target !== undefined && { target }),
    description: event.description,
    raw: event.raw,
  }
}

test.each([
  [
    'its record left out',
    '{"uid":"a","description":"\\"raw\\":","raw":{"raw":1}}',
    { uid: 'a', description: '"raw":' },
  ],
  ['no record', '{"uid":"a","description":"x"}', { uid: 'a', description: 'x' }],
  [
    'all of it, where something deeper is named so',
    '{"uid":"a","enrichment":{"x":1,"raw":2},"raw":{}}',
    { uid: 'a', enrichment: { x: 1, raw: 2 }, raw: {} },
  ],
])('reads a line without its record: %s', (_, line, event) => {
  expect(parseWithoutRaw(Buffer.from(line))).toEqual(event)
})

test.each(['', '{"uid":"a"', '{"uid":"a"x,"raw":{}}', 'no event'])(
  'refuses what is not a line: %j',
  (line) => {
    expect(() => parseWithoutRaw(Buffer.from(line))).toThrow(SyntaxError)
  },
)
