/** A secret's value is never shown: neither in the loaded configuration nor in an error, wherever it was put. */
import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadText } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problems.ts'
import { registry } from './registry.ts'

const CANARY = 'hunter2canary-hunter2'

const GOOD = `sources: { a: { type: journal, organization: acme, access_token: ${CANARY}, proxy: "http://u:${CANARY}@p" } }
sinks:
  b:
    type: box
    token: "\${CANARY}"
    keys: ["\${CANARY}", ${CANARY}2]
    headers: { authorization: Bearer ${CANARY} }
    redact: [{ field: actor.email, with: hash, key: ${CANARY} }]
server: { admin_token: ${CANARY} }
log: { splunk: { endpoint: "https://s.example", token: ${CANARY} } }
`

test('a loaded configuration shows none of its secrets', () => {
  const result = loadText(GOOD, 'c.yaml', { CANARY }, registry)
  expect(result.ok && result.warnings).toEqual([])
  const config = result.ok ? result.config : undefined
  expect(config?.server.adminToken?.reveal()).toBe(CANARY)
  expect(inspect(config, { depth: 10, showHidden: true, maxArrayLength: 20 })).not.toContain(CANARY)
  expect(JSON.stringify(config)).not.toContain(CANARY)
  expect(String(config?.server.adminToken)).toBe('[secret]')
})

const PLACES = [
  'sources',
  'a',
  'type',
  'organization',
  'access_token',
  'mode',
  'poll_every',
  'start',
  'retrospect',
]
  .concat([
    'requests_per_minute',
    'tls',
    'ca_file',
    'insecure_skip_verify',
    'proxy',
    'api_url',
    'sinks',
    'b',
    'format',
  ])
  .concat([
    'redact',
    'field',
    'with',
    'keep',
    'batch',
    'max_bytes',
    'retry',
    'give_up_after',
    'auth',
    'keys',
    'shards',
  ])
  .concat([
    'state',
    'path',
    'max_spool',
    'encryption_key',
    'server',
    'listen',
    'log',
    'level',
    'splunk',
    'enrich',
  ])

/** YAML in JSON syntax: nested maps and lists over known keys, with secrets as values. */
const misplaced = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(CANARY, `\${CANARY}`, `\${FOO-${CANARY}}`, 'journal', 'box', 3),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...PLACES), tie('value'), { maxKeys: 6 }),
  ),
})).value

test('no error repeats a value, wherever it was put', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...PLACES), misplaced), (tree) => {
      const result = loadText(JSON.stringify(tree), 'c.yaml', { CANARY }, registry)
      const shown = [...result.warnings, ...(result.ok ? [] : result.errors)].map(formatProblem)
      expect(shown.join('\n')).not.toContain(CANARY)
    }),
    { numRuns: 300 },
  )
})

test('nor is a value shown that YAML reads as a key because a blank is missing', () => {
  const text = GOOD.replace('type: box', 'type: box\n    batch: { token:hunter2canary }')
  const result = loadText(text, 'c.yaml', { CANARY }, registry)
  const shown = result.ok ? [] : result.errors.map(formatProblem)
  expect(shown).toEqual(['c.yaml:5:14: sinks.b.batch.token…: unknown option'])
})

test('nor does a syntax error repeat the text', () => {
  const around = fc
    .array(fc.constantFrom(...' \n\t:-[]{},"\'|>&*!%@`#?$xa'), { maxLength: 8 })
    .map((it) => it.join(''))
  fc.assert(
    fc.property(around, around, (before, after) => {
      const result = loadText(`${before}${CANARY}${after}: "x`, 'c.yaml', {}, registry)
      expect(result.ok).toBe(false)
      if (result.ok) return
      for (const it of result.errors) expect(it.message + it.suggestion).not.toContain(CANARY)
    }),
    { numRuns: 1000 },
  )
})
