/** The record reaches a sink and a dead letter as the API gave it, whatever it holds. */
import { expect, test } from 'vitest'
import { eventUid } from '../event.ts'
import { lineFormat } from '../formats/formats.ts'
import { parseNative, writeNative } from '../formats/native.ts'
import { defaultFormatOptions } from '../formats/options.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { record } from '../normalise/fixtures/record.ts'
import { createNormaliser } from '../normalise/normalise.ts'
import { deadLetter, redeliver } from './dead-letters.ts'
import { compileRules, type RuledSink } from './rules.ts'
import { startWork } from './work.ts'

const RECORDS = {
  deepLists: `{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  deepObjects: `{"deep":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
  numbers: '{"big":9007199254740993,"b2":12345678901234567890123,"neg":-0,"f":1.0,"e":1e400,"tiny":1e-400}',
  doubled: '{"foo":1,"foo":2,"w": "x"}',
}
const plain = { redact: [], format: 'native', formatOptions: defaultFormatOptions } as const

function lineOf(raw: string): Buffer {
  const normalised = createNormaliser({ source: 'main', organization: 'acme' })({ ...record(), raw }, 1)
  const line = new ByteWriter()
  writeNative(line, eventUid(normalised.identity, 0), normalised)
  return line.written()
}

/** What a sink gets for a line, and what it gets after a refusal, when the line is sent again. */
function sent(sink: RuledSink, line: Buffer): string[] {
  const rules = compileRules(sink)
  const ruling = rules.apply(line)
  if (ruling.kind !== 'keep') throw new Error(JSON.stringify(ruling))
  const { event, payload } = ruling
  const item = { offset: 0, uid: event.uid, timestamp: event.timestamp, event, payload }
  const letter = deadLetter('soc', 'main', { item, reason: 'refused', answer: '', attempts: 1 }, 1)
  const work = startWork('main', 0, 1)
  redeliver(work, letter, rules)
  expect(work.heldBack).toEqual([])
  return [payload, ...work.items.map((it) => it.payload)].map((it) => Buffer.from(it).toString())
}

test.each(Object.entries(RECORDS))('%s: complete, at once and as a dead letter', (_, raw) => {
  const line = lineOf(raw)
  expect(sent({ ...plain, format: 'raw' }, line)).toEqual([raw, raw])
  const end = `,"raw":${raw}}`
  const enriched = sent({ ...plain, enrich: { fields: { raw: 'x' } } }, line)
  expect(enriched.map((it) => it.endsWith(end))).toEqual([true, true])
  expect(sent(plain, line)).toEqual([line.toString(), line.toString()])
})

test('a deep record that a rule changed is written completely too', () => {
  const line = lineOf(RECORDS.deepLists.replace('{', '{"user":"dana",'))
  const redact = [{ field: 'raw.user', with: 'drop' }] as const
  const lines = sent({ ...plain, redact: [...redact] }, line)
  expect(lines.map((it) => it.endsWith(`,"raw":${RECORDS.deepLists}}`))).toEqual([true, true])
})

test('a redacted value is found in a number with more digits than a double holds', () => {
  const line = lineOf('{"tokenID":9007199254740993}')
  const { event } = { event: parseNative(line) }
  const rules = compileRules({ ...plain, redact: [{ field: 'token.id', with: 'drop' }] })
  const given = { ...event, token: { id: '9007199254740993' } }
  const ruling = rules.apply(Buffer.from(lineFormat('native').encode(given)))
  expect(Buffer.from(ruling.kind === 'keep' ? ruling.payload : []).toString()).not.toContain(
    '900719925474099',
  )
})

test('a dead letter that lost its record stays one, with a reason', () => {
  const event = { ...parseNative(lineOf('{}')), raw: undefined }
  const item = { offset: 0, uid: event.uid, timestamp: 1, event, payload: Buffer.of() }
  const letter = deadLetter('soc', 'main', { item, reason: 'refused', answer: '', attempts: 1 }, 1)
  const work = startWork('main', 0, 1)
  redeliver(work, letter, compileRules({ ...plain, format: 'raw' }))
  expect(work.items).toEqual([])
  expect(work.heldBack.map((it) => it.reason)).toEqual([expect.stringContaining('has no record')])
})
