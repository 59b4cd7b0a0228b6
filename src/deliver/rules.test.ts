import { expect, test } from 'vitest'
import { eventUid } from '../event.ts'
import type { FormatName } from '../formats/format.ts'
import { lineFormat } from '../formats/formats.ts'
import { native, parseNative, writeNative } from '../formats/native.ts'
import { defaultFormatOptions } from '../formats/options.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { onePerCategory } from '../normalise/fixtures/one-per-category.ts'
import { createNormaliser } from '../normalise/normalise.ts'
import { createRepeats } from './repeats.ts'
import { compileRules, filtersOf } from './rules.ts'

const normalise = createNormaliser({ source: 'main', organization: 'acme' })
const lines = onePerCategory.map((record) => {
  const normalised = normalise(record, 1795384799123)
  const line = new ByteWriter()
  writeNative(line, eventUid(normalised.identity, 0), normalised)
  return line.written()
})
const plain = { redact: [], format: 'native', formatOptions: defaultFormatOptions } as const
const email = { field: 'actor.email', with: 'drop' } as const

test('only a sink without rules gets the stored bytes', () => {
  expect(compileRules(plain).passthrough).toBe(true)
  expect(compileRules({ ...plain, where: 'true' }).passthrough).toBe(false)
  expect(compileRules({ ...plain, redact: [email] }).passthrough).toBe(false)
  expect(compileRules({ ...plain, format: 'csv' }).passthrough).toBe(false)
})

const noisy = { where: 'category == "stacks"', keep: 1, of: 1_000_000 }

test('nor does a sink that adds, samples or drops repeats', () => {
  expect(compileRules({ ...plain, enrich: { fields: { env: 'prod' } } }).passthrough).toBe(false)
  expect(compileRules({ ...plain, sample: [noisy] }).passthrough).toBe(false)
  expect(compileRules({ ...plain, dedupeWindowMs: 1 }).passthrough).toBe(false)
})

test('the rules that may leave out an event are known by name', () => {
  expect(filtersOf({ ...plain, enrich: { fields: { env: 'prod' } }, redact: [email] })).toEqual([])
  expect(filtersOf({ ...plain, where: 'true', sample: [noisy], dedupeWindowMs: 1 })).toEqual([
    'where',
    'sample',
    'dedupe_window',
  ])
})

test('the rules run in their order, each on the result of the one before', () => {
  const rules = compileRules({
    ...plain,
    redact: [{ field: 'enrichment.fields', with: 'drop' }],
    dedupeWindowMs: 60_000,
    sample: [{ where: 'enrichment.fields.env == "prod"', keep: 999_999, of: 1_000_000 }],
    where: 'enrichment.fields.env == "prod"',
    enrich: { fields: { env: 'prod' } },
  })
  const line = lines[0] ?? Buffer.of()
  const seen: [string, unknown, boolean][] = []
  const ruling = rules.apply(line, createRepeats(60_000), (rule, event, goesOn) => {
    seen.push([rule, structuredClone(event.enrichment), goesOn])
  })
  const sampled = { keep: 999_999, of: 1_000_000 }
  expect(seen).toEqual([
    ['enrich', { fields: { env: 'prod' } }, true],
    ['where', { fields: { env: 'prod' } }, true],
    ['sample', { fields: { env: 'prod' }, sampled }, true],
    ['dedupe_window', { fields: { env: 'prod' }, sampled }, true],
    ['redact', { sampled }, true],
  ])
  expect(ruling.kind === 'keep' && parseNative(ruling.payload).enrichment).toEqual({ sampled })
})

test('what sampling leaves out, and what is a repeat, is filtered by that rule', () => {
  const sampling = compileRules({ ...plain, sample: [noisy] })
  const stacks = lines.filter((line) => parseNative(line).category === 'stacks')
  expect(stacks.map((line) => sampling.apply(line))).toContainEqual({ kind: 'filtered', rule: 'sample' })
  const rules = compileRules({ ...plain, dedupeWindowMs: 60_000 })
  const event = parseNative(lines[0] ?? Buffer.of())
  const twin = Buffer.from(native.encode({ ...event, uid: 'ff'.repeat(32) }))
  const repeats = createRepeats(60_000)
  expect(rules.apply(lines[0] ?? Buffer.of(), repeats).kind).toBe('keep')
  expect(rules.apply(twin, repeats)).toEqual({ kind: 'filtered', rule: 'dedupe_window' })
  expect(rules.apply(twin).kind).toBe('keep')
})

test('the reason of a failure shows nothing that is redacted', () => {
  const [line = Buffer.of()] = lines
  const login = parseNative(line).actor.login
  expect(login.length).toBeGreaterThan(2)
  const where = 'raw[actor.login] == "x"'
  const open = compileRules({ ...plain, where }).apply(line)
  expect(open).toEqual({ kind: 'failed', reason: `where: ${where}: No such key: ${login}` })
  const hidden = compileRules({ ...plain, where, redact: [{ field: 'actor.login', with: 'hash' }] }).apply(
    line,
  )
  expect(hidden).toEqual({ kind: 'failed', reason: `where: ${where}: No such key: [redacted]` })
})

test.each([
  ['raw[actor.login.upperAscii()] == "x"', 'No such key: [redacted]'],
  ['raw[actor.login.substring(1)] == "x"', 'No such key: [redacted]'],
  ['bool(actor.login.substring(1))', 'bool() conversion error: [redacted]'],
  ['target.project == "web"', 'No such key: project'],
  ['raw > "x"', expect.stringMatching(/^no such overload: dyn.* > string$/)],
])('nor what an expression made of it: %s', (where, said) => {
  const [line = Buffer.of()] = lines
  const { target: _, ...event } = parseNative(line)
  const redact = [{ field: 'actor.login', with: 'mask' } as const]
  const ofWhere = compileRules({ ...plain, where, redact }).apply(Buffer.from(native.encode(event)))
  expect(ofWhere.kind === 'failed' && ofWhere.reason.slice(`where: ${where}: `.length)).toEqual(said)
  const sample = [{ where, keep: 1, of: 2 }]
  const ofSample = compileRules({ ...plain, sample, redact }).apply(Buffer.from(native.encode(event)))
  expect(ofSample.kind === 'failed' && ofSample.reason.slice(`sample: ${where}: `.length)).toEqual(said)
})

test('nor anything that was added and is redacted', () => {
  const where = 'raw[enrichment.fields.env] == "x"'
  const enrich = { fields: { env: 'the-env' } }
  const drop = { field: 'enrichment.fields', with: 'drop' } as const
  const rules = compileRules({ ...plain, enrich, where, redact: [drop] })
  expect(rules.apply(lines[0] ?? Buffer.of())).toEqual({
    kind: 'failed',
    reason: `where: ${where}: No such key: [redacted]`,
  })
})

test('an event that a rule failed on keeps what was added', () => {
  const rules = compileRules({
    ...plain,
    enrich: { fields: { env: 'prod' } },
    where: 'raw.nothing == 1',
  })
  expect(rules.redacted(lines[0] ?? Buffer.of()).enrichment).toEqual({ fields: { env: 'prod' } })
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
