/** Whatever is done to a valid configuration, the result is an answer, never an exception. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadText } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problems.ts'
import { registry } from './registry.ts'

const GOOD = `sources:
  a: &a
    type: journal
    organization: acme
    access_token: \${TOKEN}
    start: 2026-01-01T00:00:00Z
    retrospect: [1h, 24h]
    tls: { ca_file: , insecure_skip_verify: false }
  c: { <<: *a, organization: "other", poll_every: 10s }
sinks:
  b:
    type: box
    sources: [a]
    where: 'category != "stacks" || severity >= 3'
    redact: [{ field: actor.email, with: truncate, keep: 3 }]
    headers: { x-one: "1" }
    auth: { type: bearer, token: "\${TOKEN:-none}" }
    batch: { max_events: 5, max_bytes: 1MiB, max_age: 5s }
    retry: { max_backoff: 5m, give_up_after: never }
state: { type: embedded, path: ./data, max_spool: 1GiB }
server: { listen: "127.0.0.1:0", admin_token: "\${NONE:-}" }
log: { level: info, format: text, splunk: { endpoint: , token: } }
shutdown_timeout: 30s
`
const LINES = GOOD.split('\n')

function check(text: string): void {
  const result = loadText(text, 'c.yaml', { TOKEN: 't' }, registry)
  if (result.ok) return
  expect(result.errors.length).toBeGreaterThan(0)
  for (const error of result.errors) {
    expect(error.line).toBeGreaterThan(0)
    expect(error.column).toBeGreaterThan(0)
    expect(error.message).not.toMatch(/\n|undefined|\[object|^$/)
    expect(formatProblem(error)).not.toMatch(/ at .*\.ts:/)
  }
}

test('the configuration that is mutated is good', () => {
  expect(loadText(GOOD, 'c.yaml', { TOKEN: 't' }, registry)).toMatchObject({ ok: true, warnings: [] })
})

test('lines removed, repeated, moved, indented', () => {
  const line = fc.nat(LINES.length - 1)
  const change = fc.record({ from: line, to: line, drop: fc.boolean(), indent: fc.nat(6) })
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const lines = [...LINES]
      for (const { from, to, drop, indent } of changes) {
        const moved = ' '.repeat(indent) + (lines[from] ?? '').trimStart()
        lines.splice(to, drop ? 1 : 0, moved)
      }
      check(lines.join('\n'))
    }),
    { numRuns: 250 },
  )
})

test('values of any other type in any place', () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }).map((it) => JSON.stringify(it)),
    fc.constantFrom(
      '',
      '~',
      '.inf',
      '.nan',
      '-1',
      '1e999',
      '0x10',
      '99999999999999999999',
      '!!set {a}',
      '&x [*x]',
    ),
    fc.constantFrom(
      `\${`,
      '$$',
      `\${TOKEN`,
      `\${file:}`,
      `\${file:/}`,
      '"\\ud800"',
      '2026-13-45T99:00:00Z',
      '1'.repeat(400),
    ),
  )
  fc.assert(
    fc.property(fc.nat(LINES.length - 2), value, (index, text) => {
      check(LINES.map((it, i) => (i === index ? it.replace(/: .*|:$/, `: ${text}`) : it)).join('\n'))
    }),
    { numRuns: 250 },
  )
})

test('garbage in the middle', () => {
  const garbage = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(fc.constantFrom(...' \n\t:-[]{},"\'|>&*!%@`#?$xa0'), { maxLength: 40 }).map((it) => it.join('')),
  )
  fc.assert(
    fc.property(fc.nat(GOOD.length), fc.nat(30), garbage, (at, cut, text) => {
      check(GOOD.slice(0, at) + text + GOOD.slice(at + cut))
    }),
    { numRuns: 400 },
  )
})
