import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { register } from '../../src/cli/reconcile.ts'
import { UsageError } from '../../src/errors.ts'
import { tempFolder } from '../engine/temp-folder.ts'
import { sampleReconciliation } from '../reconcile/sample-reconciliation.ts'
import { createHarness } from './harness.ts'

const RANGE = ['reconcile', '--source', 'acme', '--from', '2026-11-22', '--to', '2026-11-23'] as const
const query = { source: 'acme', from: 1_795_305_600, to: 1_795_392_000, repair: false }

afterEach(() => {
  process.exitCode = 0
})

test('prints the document, and ends with 3 when it is not complete', async () => {
  const harness = createHarness(register)
  expect(JSON.parse(await harness.run(...RANGE, '--json'))).toEqual(sampleReconciliation(query))
  expect([process.exitCode, harness.closed]).toEqual([3, 1])
  harness.engine.reconcile = async (asked) => ({ ...sampleReconciliation(asked), holes: [], complete: true })
  await harness.run(...RANGE)
  expect(process.exitCode).toBe(0)
})

test('names holes and sinks for a person, and no control character of an event', async () => {
  const harness = createHarness(register)
  harness.engine.reconcile = async (asked) => {
    const sample = sampleReconciliation(asked)
    const [hole] = sample.holes
    const examples = [{ uid: 'ab', time: '', action: 'x', description: 'evil\u001b[2J\n' }]
    const gaps = [{ second: asked.from, reason: 'evil\u001b[2J' }]
    return { ...sample, holes: hole ? [{ ...hole, examples }] : [], gaps, notes: ['a \u202enote\u009b'] }
  }
  const printed = await harness.run(...RANGE)
  expect(printed).toContain('NOT COMPLETE')
  expect(printed).toContain('hole    2026-11-22T00:00:00Z  source 10, ledger 9, missing 1')
  expect(printed).toContain('sink soc: complete; spooled 9, delivered 7 + filtered 1 + dead-lettered 1')
  expect(printed.replaceAll('\n', '')).toMatch(/^[^\p{Cc}\p{Cf}]*$/u)
})

test('passes on --repair', async () => {
  const harness = createHarness(register)
  let asked: unknown
  harness.engine.reconcile = async (it) => {
    asked = it
    return { ...sampleReconciliation(it), holes: [], repaired: { events: 1, gaps: 0, holes: [] } }
  }
  expect(await harness.run(...RANGE, '--repair')).toContain(
    'repaired: 1 event spooled; the engine delivers them',
  )
  expect(asked).toEqual({ ...query, repair: true })
})

test('writes a signed report as Markdown and as JSON', async () => {
  const harness = createHarness(register)
  const folder = tempFolder()
  const key = join(folder, 'key.pem')
  writeFileSync(key, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const [page, json] = [join(folder, 'a.md'), join(folder, 'a.json')]
  await harness.run(...RANGE, '--report', page, '--sign', key)
  await harness.run(...RANGE, '--report', json)
  expect(readFileSync(page, 'utf8')).toContain('Ed25519 signature')
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
    content: { runtime: 'embedded', reconciliation: { source: 'acme' } },
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  await expect(harness.run(...RANGE, '--report', page)).rejects.toThrow('exists; name a new file')
})

test('leaves no report behind if the source cannot be read', async () => {
  const harness = createHarness(register)
  harness.engine.reconcile = () => Promise.reject(new Error('HTTP 503'))
  const page = join(tempFolder(), 'a.md')
  await expect(harness.run(...RANGE, '--report', page)).rejects.toThrow('HTTP 503')
  expect(existsSync(page)).toBe(false)
})

test.each([
  [['--from', '2026-11-23', '--to', '2026-11-22'], '--from must lie before --to'],
  [['--from', 'yesterday'], '--from: expected a time'],
  [['--from', '24h', '--source', 'acmee'], 'no source acmee; there is acme (did you mean acme?)'],
  [['--from', '24h', '--to', '2026-02-30'], '--to: expected a time'],
  [['--from', '24h', '--to', '24h'], '--from must lie before --to'],
  [['--from', '24h', '--report', 'a.txt'], 'must end in .md or .json'],
  [['--from', '24h', '--sign', 'key.pem'], 'name its file with --report'],
  [['--from', '24h', '--report', 'a.md', '--sign', 'no-such.pem'], '--sign: no-such.pem is no private key'],
  [['--from', '24h', '--report', 'a.md', '--sign', '.'], 'that can be read (is a folder, not a file)'],
])('refuses %j', async (args, message) => {
  const refused = createHarness(register).run('reconcile', ...args)
  await expect(refused).rejects.toThrow(message)
  await expect(refused).rejects.toBeInstanceOf(UsageError)
})

test('refuses a key of another kind', async () => {
  const key = join(tempFolder(), 'key.pem')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const refused = createHarness(register).run(...RANGE, '--report', `${key}.md`, '--sign', key)
  await expect(refused).rejects.toThrow('no Ed25519 key')
})

test('says how to write a key with a passphrase without it', async () => {
  const key = join(tempFolder(), 'key.pem')
  const { privateKey } = generateKeyPairSync('ed25519')
  const locked = { cipher: 'aes-256-cbc', passphrase: 'secret' } as const
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem', ...locked }))
  const refused = createHarness(register).run(...RANGE, '--report', `${key}.md`, '--sign', key)
  await expect(refused).rejects.toThrow(
    `--sign: ${key} holds no Ed25519 key that can be used: it is encrypted with a passphrase; \`openssl pkey -in KEY -out PLAIN\` writes it without one`,
  )
})
