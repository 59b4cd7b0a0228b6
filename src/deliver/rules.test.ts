import { expect, test } from 'vitest'
import { eventUid } from '../event.ts'
import type { FormatName } from '../formats/format.ts'
import { lineFormat } from '../formats/formats.ts'
import { parseNative, writeNative } from '../formats/native.ts'
import { defaultFormatOptions } from '../formats/options.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { onePerCategory } from '../normalise/fixtures/one-per-category.ts'
import { createNormaliser } from '../normalise/normalise.ts'
import { compileRules } from './rules.ts'

const normalise = createNormaliser({ source: 'main', organization: 'acme' })
const lines = onePerCategory.map((record) => {
  const normalised = normalise(record, 1795384799123)
  const line = new ByteWriter()
  writeNative(line, eventUid(normalised.identity, 0), normalised)
  return line.written()
})
const plain = { redact: [], format: 'native', formatOptions: defaultFormatOptions } as const
const email = { field: 'actor.email', with: 'drop' } as const

test('only a sink without rules takes the stored bytes', () => {
  expect(compileRules(plain).passthrough).toBe(true)
  expect(compileRules({ ...plain, where: 'true' }).passthrough).toBe(false)
  expect(compileRules({ ...plain, redact: [email] }).passthrough).toBe(false)
  expect(compileRules({ ...plain, format: 'csv' }).passthrough).toBe(false)
})

test('a filter keeps some, byte for byte, and names its rule for the others', () => {
  const rules = compileRules({ ...plain, where: 'category == "stacks"' })
  for (const line of lines) {
    const stacks = parseNative(line).category === 'stacks'
    const kept = { kind: 'keep', payload: line, event: parseNative(line) }
    expect(rules.apply(line)).toMatchObject(stacks ? kept : { kind: 'filtered', rule: 'where' })
  }
})

test('an event that the filter cannot judge fails with the rule, and does not pass', () => {
  const rules = compileRules({ ...plain, where: 'target.project == "web"' })
  const rulings = lines.map((line) => rules.apply(line))
  expect(new Set(rulings.map((ruling) => ruling.kind))).toEqual(new Set(['keep', 'failed']))
  const reason = 'where: target.project == "web": No such key: project'
  expect(rulings.filter(({ kind }) => kind === 'failed')).toContainEqual({ kind: 'failed', reason })
})

test('the filter sees the event before redaction, the sink after', () => {
  const rules = compileRules({ ...plain, where: 'actor.?email.orValue("") != ""', redact: [email] })
  const kept = lines
    .map((line) => rules.apply(line))
    .flatMap((ruling) => (ruling.kind === 'keep' ? ruling : []))
  expect(kept).toHaveLength(1)
  for (const { payload, event } of kept) {
    expect(event.actor).not.toHaveProperty('email')
    expect(Buffer.from(payload).toString()).not.toContain('dana@example.com')
    expect(parseNative(payload)).toEqual(event)
  }
})

test('an event that is filtered can still be seen redacted, and formatted', () => {
  const rules = compileRules({ ...plain, where: 'false', redact: [email], format: 'csv' })
  const line = lines[1] ?? Buffer.of()
  expect(parseNative(line).actor.email).toBe('dana@example.com')
  const event = rules.redacted(line)
  expect(event.actor).not.toHaveProperty('email')
  expect(Buffer.from(rules.format(event)).toString()).toBe(lineFormat('csv').encode(event))
})

test.each<FormatName>(['native', 'raw', 'csv', 'pulumi_csv'])('the payload is the %s line', (format) => {
  const rules = compileRules({ ...plain, format, where: 'true' })
  for (const line of lines) {
    const expected = lineFormat(format).encode(parseNative(line))
    const ruling = rules.apply(line)
    expect(ruling.kind === 'keep' && Buffer.from(ruling.payload).toString()).toBe(expected)
  }
})

test.each(['', 'null', '{', '[]', '{"actor":1}', '\u0000'])(
  'a damaged line %j fails instead of throwing',
  (line) => {
    const rules = compileRules({ ...plain, where: 'severity > 0', redact: [email], format: 'csv' })
    expect(rules.apply(Buffer.from(line)).kind).toBe('failed')
  },
)

test('rules that cannot work are refused', () => {
  expect(() => compileRules({ ...plain, where: 'nonsense' })).toThrow('Unknown variable: nonsense')
  expect(() => compileRules({ ...plain, redact: [{ field: 'uid', with: 'drop' }] })).toThrow(
    `"uid" can't be redacted`,
  )
})
