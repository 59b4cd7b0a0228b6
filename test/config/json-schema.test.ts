/** config/schema.json as others use it: editors, and validators in any language. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfigText } from '../../src/config/load.ts'

const folder = resolve(import.meta.dirname, '../../config')
const schema = JSON.parse(readFileSync(join(folder, 'schema.json'), 'utf8'))
const validate: ValidateFunction = new Ajv({ strict: false }).compile(schema)
const examples = readdirSync(join(folder, 'examples')).filter((name) => !name.endsWith('.tests.yaml'))

function faultsOf(text: string): string[] {
  validate(parse(text, { merge: true }))
  return (validate.errors ?? []).map((it) => `${it.instancePath} ${it.message}`)
}

test.each(examples)('%s is valid', (name) => {
  expect(faultsOf(readFileSync(join(folder, 'examples', name), 'utf8'))).toEqual([])
})

const EMPTY = `
sources:
  acme: { type: pulumi, organization: acme, access_token: x, user_filter: "", proxy: "", tls: { ca_file: "" } }
sinks:
  local: { type: file, path: ./out, in_flight: "", batch: { max_age: "" }, rotate: { max_bytes: "", max_age: 1h } }
state: { mirror: "", encryption_key: "", url: "" }
server: { admin_token: "" }
log: { splunk: { endpoint: "", token: "" } }
`

test('an empty text counts as left out if the engine treats it so', async () => {
  const result = await loadConfigText(EMPTY, 'auditferry.yaml', {})
  expect(result.ok ? [] : result.errors).toEqual([])
  expect(faultsOf(EMPTY)).toEqual([])
})

test.each([
  ['access_token: x', 'access_token: ""'],
  ['proxy: ""', 'poll_every: ""'],
  ['proxy: ""', 'api: ""'],
  ['max_age: ""', 'max_age: " "'],
  ['in_flight: ""', 'in_flight: 0'],
  ['in_flight: ""', 'in_flight: 257'],
])('and if the engine does not, neither accepts it: %s', async (good, bad) => {
  const text = EMPTY.replace(good, bad)
  const result = await loadConfigText(text, 'auditferry.yaml', {})
  expect(result.ok).toBe(false)
  expect(faultsOf(text)).not.toEqual([])
})

test('an option that has alternatives may be left without a value, too', async () => {
  const text = EMPTY.replace('local:', 'hook: { type: webhook, endpoint: "https://h", auth: }\n  local:')
  const result = await loadConfigText(text, 'auditferry.yaml', {})
  expect(result.ok ? [] : result.errors).toEqual([])
  expect(faultsOf(text)).toEqual([])
})

test('patterns use only what the regular expressions of every language know', () => {
  const patterns = [...JSON.stringify(schema).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)]
  expect(patterns.length).toBeGreaterThan(100)
  expect(
    patterns.map(([, text = '""']) => JSON.parse(text)).filter((it) => /\\p|\\u\{|\(\?<[^=!]/.test(it)),
  ).toEqual([])
})
