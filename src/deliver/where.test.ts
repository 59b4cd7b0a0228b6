import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileEvents } from '../../test/formats/hostile-events.ts'
import type { AuditEvent } from '../event.ts'
import { native, parseNative } from '../formats/native.ts'
import { checkWhere } from './check-where.ts'
import { compileLineWhere, compileWhere } from './where.ts'

const event: AuditEvent = {
  uid: 'ab',
  source: 'main',
  organization: 'acme',
  timestamp: 1795384721,
  observedAt: 1795384799123,
  action: 'stack-deleted',
  actionName: 'Stack Deleted',
  category: 'stacks',
  operation: 'delete',
  outcome: 'success',
  severity: 3,
  actor: { type: 'user', login: 'dana', name: 'Dana O' },
  sourceIp: '198.51.100.7',
  required: { orgAdmin: false, stackAdmin: true },
  authFailure: false,
  target: { type: 'stack', project: 'web', stack: 'prod' },
  description: 'Deleted stack "web/prod"',
  raw: { user: { githubLogin: 'dana' }, size: 7 },
}
const { target: _target, sourceIp: _sourceIp, ...bare } = event
const lineOf = (it: AuditEvent) => Buffer.from(native.encode(it))

test.each([
  ['category != "stacks" || severity >= 3', true],
  ['severity == 3 && severity < 4', true],
  ['uid == "ab" && source == "main" && organization == "acme"', true],
  ['timestamp == 1795384721 && observedAt > 1795384721000', true],
  ['timestamp(time) > timestamp("2026-11-22T00:00:00Z")', true],
  ['action in ["stack-deleted", "stack-created"] && actionName.startsWith("Stack")', true],
  ['operation == "delete" && outcome == "success"', true],
  ['actor.login == "dana" && actor.type == "user" && actor.name.contains("O")', true],
  ['has(actor.email)', false],
  ['has(token.name)', false],
  ['token.?name.orValue("none") == "none"', true],
  ['required.stackAdmin && !required.orgAdmin && !authFailure', true],
  ['has(target.project) && target.project == "web"', true],
  ['sourceIp.startsWith("198.51.")', true],
  ['description.matches("prod")', true],
  ['raw.user.githubLogin == "dana" && raw.size == 7', true],
  ['has(raw.nothing)', false],
])('%s is %s', (text, wanted) => {
  expect(checkWhere(text)).toBeUndefined()
  expect(compileWhere(text)(event)).toBe(wanted)
  expect(compileLineWhere(text)(lineOf(event))).toBe(wanted)
})

test.each([
  ['has(target.project) && target.project == "web"', false],
  ['sourceIp == ""', true],
  ['target.?project.orValue("") == "web"', false],
])('on an event without target and address: %s', (text, wanted) => {
  expect(compileWhere(text)(bare)).toBe(wanted)
  expect(compileLineWhere(text)(lineOf(bare))).toBe(wanted)
})

test.each([
  ['category == "stacks" &&', 'Unexpected token: EOF, at line 1, column 24 of the expression'],
  [
    'categroy == "stacks"',
    'Unknown variable: categroy, at line 1, column 1 of the expression (did you mean category?)',
  ],
  ['actor.emial == "x"', 'No such key: emial, at line 1, column 7 of the expression (did you mean email?)'],
  ['has(actor.emial)', 'No such key: emial, at line 1, column 11 of the expression (did you mean email?)'],
  [
    'actor.?emial.orValue("") == "x"',
    'No such key: emial, at line 1, column 8 of the expression (did you mean email?)',
  ],
  [
    'has(enrichment.geo.contry)',
    'No such key: contry, at line 1, column 20 of the expression (did you mean country?)',
  ],
  ['actor["emial"] == "x"', 'No such key: emial, at line 1, column 1 of the expression'],
  ['action.foo == "x" || foo == "x"', "Cannot index type 'string', at line 1, column 8 of the expression"],
  ['foo == "x"', 'Unknown variable: foo, at line 1, column 1 of the expression'],
  [
    'enrichment.gio.city == "x"',
    'No such key: gio, at line 1, column 12 of the expression (did you mean geo?)',
  ],
  ['actor.foo == "x"', 'No such key: foo, at line 1, column 7 of the expression'],
  [
    'authFailure ||\n  severity >= "high"',
    'no such overload: int >= string, at line 2, column 3 of the expression',
  ],
  [
    'enrichment.geo.contry == "DE"',
    'No such key: contry, at line 1, column 16 of the expression (did you mean country?)',
  ],
  [
    'authFailure || description.matches("(")',
    'not a regular expression: Unterminated group, at line 1, column 36 of the expression',
  ],
  [
    'description.matches("(?i)prod")',
    'not a regular expression: Invalid group; write (?i:…) for (?i)…, at line 1, column 21 of the expression',
  ],
  [
    'severity > 1 and authFailure',
    'Unexpected text, at line 1, column 14 of the expression (operators are ==, !=, <, <=, >, >=, in, &&, || and !)',
  ],
  [
    'action = "x"',
    'Unexpected character: =, at line 1, column 8 of the expression (operators are ==, !=, <, <=, >, >=, in, &&, || and !)',
  ],
  ['severity', 'must say true or false, but gives int'],
  ['', 'Unexpected token: EOF, at line 1, column 1 of the expression'],
])('refused when it is loaded: %s', (text, problem) => {
  expect(checkWhere(text)).toBe(problem)
})

test.each([
  ['enrichment.geo.country in ["DE", "FR"] && enrichment.geo.latitude > 52.0', true],
  ['enrichment.as.number == 64500 && enrichment.as.organization == "Example Net"', true],
  ['enrichment.fields.env == "prod" && enrichment.fields.tier == 1', true],
  ['has(enrichment.geo.city)', false],
])('on an event with added fields: %s', (text, wanted) => {
  const enrichment = {
    fields: { env: 'prod', tier: 1 },
    geo: { country: 'DE', latitude: 52.5 },
    as: { number: 64_500, organization: 'Example Net' },
  }
  expect(checkWhere(text)).toBeUndefined()
  expect(compileWhere(text)({ ...event, enrichment })).toBe(wanted)
})

test.each(['enrichment.geo.country', 'enrichment.as.number', 'enrichment.fields.env'])(
  'has(%s) is false where nothing was added',
  (path) => {
    expect(compileWhere(`has(${path})`)(event)).toBe(false)
  },
)

test.each([
  ['target.project == "web"', 'No such key: project'],
  ['raw.nothing == 1', 'No such key: nothing'],
  ['raw.user', 'gives neither true nor false'],
])('an error, not a result, on an event that it does not fit: %s', (text, reason) => {
  expect(checkWhere(text)).toBeUndefined()
  expect(() => compileWhere(text)(bare)).toThrow(reason)
  expect(() => compileLineWhere(text)(lineOf(bare))).toThrow(reason)
})

const ANY = [
  'severity >= 2 && authFailure == required.orgAdmin',
  'actor.login.size() > 3 || actor.name.startsWith("a") || actor.?email.orValue("").contains("@")',
  'has(token.name) && token.name != ""',
  'token.id < token.name',
  'target.project == target.stack',
  'sourceIp == "" || sourceIp.matches("^[0-9.]+$")',
  'description.size() > 20 && description.contains("\\n")',
  'description.lowerAscii() > actionName',
  'has(enrichment.fields.env)',
  'timestamp(time) > timestamp("2026-01-01T00:00:00Z") || observedAt > timestamp',
  'raw.user.githubLogin == actor.login',
  'has(raw.description) && raw.description == description',
  'raw == raw && uid < organization + source',
  'category in ["stacks", "unknown"] && operation != outcome',
]

const JUDGES = ANY.map((text) => ({ ofLine: compileLineWhere(text), ofEvent: compileWhere(text) }))

test('a line is judged as its event is, whatever it contains', () => {
  const judged = (judge: () => boolean) => {
    try {
      return judge()
    } catch (thrown) {
      return String(thrown)
    }
  }
  expect(ANY.map(checkWhere)).toEqual(ANY.map(() => undefined))
  fc.assert(
    fc.property(hostileEvents, fc.boolean(), fc.constantFrom(...JUDGES), (any, added, judges) => {
      const { ofLine, ofEvent } = judges
      const enrichment = { fields: { env: any.description } }
      const line = Buffer.from(native.encode(added ? { ...any, enrichment } : any))
      expect(judged(() => ofLine(line))).toEqual(judged(() => ofEvent(parseNative(line))))
    }),
    { numRuns: 1_000 },
  )
})

test.each(['^(a+)+$', '^(\\w+\\s?)*$'])('no crafted text holds up the pattern %s', (pattern) => {
  const where = compileWhere(`description.matches(${JSON.stringify(pattern)})`)
  // Backtracking takes half a minute on this, and twice as long with each further character.
  const description = `${'a'.repeat(40)}!`
  // What it costs, however often a busy machine stops it.
  const before = process.threadCpuUsage()
  expect(where({ ...event, description: description.slice(11) })).toBe(false)
  expect(process.threadCpuUsage(before).user).toBeLessThan(5_000_000)
  expect(where({ ...event, description })).toBe(false)
  expect(where({ ...event, description: description.slice(0, -1) })).toBe(true)
})
